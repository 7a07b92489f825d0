// A token's header or claims on the way to their meaning: the strict reader, its errors put into a refusal's words.

internal import StrictJSON

/// Reads the JSON of one part of a token.
struct TokenJSON {
    private var reader: JSONReader
    private let part: Part

    /// A part with JSON in it, and what a value of the wrong kind in it is refused as.
    struct Part {
        let name: StaticString
        let wrongKind: TokenRefusal.Code

        static let header = Part(name: "header", wrongKind: .malformed)
        static let claims = Part(name: "claims", wrongKind: .claims)
    }

    init(_ bytes: [UInt8], _ part: Part) throws(TokenRefusal) {
        self.part = part
        do { reader = try JSONReader(bytes) } catch { throw Self.refusal(error, part) }
    }

    private static func refusal(_ error: JSONError, _ part: Part) -> TokenRefusal {
        TokenRefusal(.malformed, "The token's \(part.name) is not accepted. \(error)")
    }

    private func wrongKind(_ name: String, isQuoted: Bool = false, _ kind: StaticString) -> TokenRefusal {
        let name = isQuoted ? name : "`\(name)`"
        return TokenRefusal(part.wrongKind, "The token's \(part.name): \(name) should be \(kind).")
    }

    // MARK: Members

    mutating func beginObject() throws(TokenRefusal) -> JSONReader.ObjectMembers {
        do { return try reader.beginObject() } catch { throw Self.refusal(error, part) }
    }

    mutating func nextMember(of members: inout JSONReader.ObjectMembers) throws(TokenRefusal) -> String? {
        do { return try reader.nextMember(of: &members) } catch { throw Self.refusal(error, part) }
    }

    mutating func finish() throws(TokenRefusal) {
        do { try reader.finish() } catch { throw Self.refusal(error, part) }
    }

    // MARK: Values

    mutating func skipValue() throws(TokenRefusal) {
        do { try reader.skipValue() } catch { throw Self.refusal(error, part) }
    }

    func kind() throws(TokenRefusal) -> JSONKind {
        do { return try reader.kind() } catch { throw Self.refusal(error, part) }
    }

    /// - Parameters:
    ///   - name: the member's, for the refusal alone.
    ///   - isQuoted: whether the name is as it should stand there.
    mutating func string(
        _ name: @autoclosure () -> String, isQuoted: Bool = false
    ) throws(TokenRefusal) -> String {
        guard try kind() == .string else { throw wrongKind(name(), isQuoted: isQuoted, "a string") }
        do { return try reader.readString() } catch { throw Self.refusal(error, part) }
    }

    mutating func bool(_ name: String) throws(TokenRefusal) -> Bool {
        guard try kind() == .bool else { throw wrongKind(name, "true or false") }
        do { return try reader.readBool() } catch { throw Self.refusal(error, part) }
    }

    /// Whether the value is true, or the text of it, which some providers write. Any other value is false.
    mutating func isTrue() throws(TokenRefusal) -> Bool {
        switch try kind() {
        case .bool: return try bool("")
        case .string: return try string("") == "true"
        default:
            try skipValue()
            return false
        }
    }

    mutating func strings(_ name: String, isQuoted: Bool = false) throws(TokenRefusal) -> [String] {
        guard try kind() == .array else { throw wrongKind(name, isQuoted: isQuoted, "an array of strings") }
        var strings: [String] = []
        var array: JSONReader.ArrayElements
        do { array = try reader.beginArray() } catch { throw Self.refusal(error, part) }
        while try hasNext(&array) {
            guard try kind() == .string else { throw wrongKind(name, isQuoted: isQuoted, "an array of strings") }
            strings.append(try string(name))
        }
        return strings
    }

    private mutating func hasNext(_ array: inout JSONReader.ArrayElements) throws(TokenRefusal) -> Bool {
        do { return try reader.nextElement(of: &array) } catch { throw Self.refusal(error, part) }
    }

    mutating func date(
        _ name: String, rounded rounding: NumericDate.Rounding
    ) throws(TokenRefusal) -> NumericDate {
        guard try kind() == .number else { throw wrongKind(name, "a number of seconds since 1970") }
        return try date(name, number(), rounding)
    }

    /// A date that is rounded to either side, as it is asked for.
    mutating func dates(_ name: String) throws(TokenRefusal) -> (down: NumericDate, up: NumericDate) {
        guard try kind() == .number else { throw wrongKind(name, "a number of seconds since 1970") }
        let number = try number()
        return (try date(name, number, .down), try date(name, number, .up))
    }

    private mutating func number() throws(TokenRefusal) -> JSONNumber {
        do { return try reader.readNumber() } catch { throw Self.refusal(error, part) }
    }

    private func date(
        _ name: String, _ number: JSONNumber, _ rounding: NumericDate.Rounding
    ) throws(TokenRefusal) -> NumericDate {
        guard let date = NumericDate(number, rounded: rounding) else {
            throw wrongKind(name, "seconds since 1970, from 0 to the year 9999")
        }
        return date
    }
}
