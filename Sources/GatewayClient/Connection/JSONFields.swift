internal import StrictJSON

/// The members of one JSON object that a gateway sent, for looking up a few by name.
///
/// Arrays, nulls and fractions are skipped: no answer of a gateway has one that matters here.
struct JSONFields: Sendable {
    private enum Value: Sendable {
        case string(String)
        case integer(Int64)
        case boolean(Bool)
        case object(JSONFields)
    }

    private var values: [String: Value] = [:]

    /// Reads an object.
    ///
    /// - Parameter json: the whole JSON text (RFC 8259).
    /// - Returns: `nil` when it is no JSON object.
    init?(json: some Sequence<UInt8>) {
        do throws(JSONError) {
            var reader = try JSONReader(Array(json))
            try self.init(reading: &reader)
            try reader.finish()
        } catch {
            return nil
        }
    }

    private init(reading reader: inout JSONReader) throws(JSONError) {
        var object = try reader.beginObject()
        while let name = try reader.nextMember(of: &object) {
            values[name] = try Self.value(reading: &reader)
        }
    }

    /// A text member's value, or `nil`.
    func string(_ name: String) -> String? {
        if case .string(let value) = values[name] { value } else { nil }
    }

    /// A whole number member's value, or `nil`.
    func integer(_ name: String) -> Int? {
        if case .integer(let value) = values[name] { Int(value) } else { nil }
    }

    /// A truth member's value, or `nil`.
    func boolean(_ name: String) -> Bool? {
        if case .boolean(let value) = values[name] { value } else { nil }
    }

    /// An object member's members, or `nil`.
    func object(_ name: String) -> JSONFields? {
        if case .object(let value) = values[name] { value } else { nil }
    }

    private static func value(reading reader: inout JSONReader) throws(JSONError) -> Value? {
        switch try reader.kind() {
        case .string: return .string(try reader.readString())
        case .bool: return .boolean(try reader.readBool())
        case .object: return .object(try JSONFields(reading: &reader))
        case .number:
            let number = try reader.readNumber()
            return (try? number.int64()).map { .integer($0) }
        case .array, .null:
            try reader.skipValue()
            return nil
        }
    }
}
