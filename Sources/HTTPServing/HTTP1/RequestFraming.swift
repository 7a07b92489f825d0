// How the end of a request is told (RFC 9112 §6): the one way of it that every server and proxy understands alike. The
// decoder takes more than that.

package import HTTPTypes
internal import NIOHTTP1
internal import PeerText

/// What a request's head may say of its body.
enum RequestFraming {
    /// Checks that there is one length, or `chunked` and nothing else.
    ///
    /// - Throws: ``Problem`` when another program could see the request's end in another place.
    static func check(_ fields: HTTPFields, version: HTTPVersion) throws(Problem) {
        let codings = fields[values: .transferEncoding]
        let lengths = fields[values: .contentLength]
        // RFC 9112 §6.1: HTTP/1.0 does not know it, and another coding than chunked nobody here reads.
        guard codings.isEmpty || (version.isAtLeast11 && codings.count == 1 && codings[0].equalsIgnoringCase("chunked"))
        else {
            throw .requestMalformed("Transfer-Encoding may be `chunked`, once, and not in HTTP/1.0.")
        }
        guard lengths.isEmpty || codings.isEmpty else {
            throw .requestMalformed("Send Content-Length or Transfer-Encoding, not both.")
        }
        // RFC 9112 §6.3: a list of lengths may be taken when all agree, and is what a smuggled request looks like.
        guard lengths.count <= 1, lengths.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(ASCII.isDigit) }) else {
            throw .requestMalformed("Send one Content-Length, in decimal digits.")
        }
    }
}

/// How the body that follows a head ends.
enum BodyFraming: Equatable {
    case none
    case length(Int)
    case chunked
    /// As only NIO's decoder knows. The rules refuse such a request, or its length: see ``RequestFraming``.
    case unclear

    init(_ head: HTTPRequestHead) {
        self = .none
        for (name, value) in head.headers {
            if name.equalsIgnoringCase("transfer-encoding") {
                self = .chunked
                return
            }
            guard name.equalsIgnoringCase("content-length") else { continue }
            let length = self == .none ? Digits(all: value) : nil
            self = length.map { .length($0.value) } ?? .unclear
        }
    }
}

/// The decimal digits at the beginning of a text: the number that they are.
struct Digits: Equatable {
    let value: Int
    let count: Int

    /// As they stand there, zeros in front included.
    var text: String {
        let digits = String(value)
        guard digits.utf8.count < count else { return digits }
        return String(repeating: "0", count: count - digits.utf8.count) + digits
    }

    /// More would count bytes that no machine holds.
    private static let limit = 15

    /// Nothing when there are none, or too many.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var (value, count) = (0, 0)
        while count < bytes.count, ASCII.isDigit(bytes[count]) {
            guard count < Self.limit else { return nil }
            value = value * 10 + Int(bytes[count] - UInt8(ascii: "0"))
            count += 1
        }
        guard count > 0 else { return nil }
        (self.value, self.count) = (value, count)
    }

    /// Nothing when there is anything else.
    init?(all text: String) {
        var text = text
        guard let digits = text.withUTF8({ Digits(UnsafeRawBufferPointer($0)) }), digits.count == text.utf8.count
        else { return nil }
        self = digits
    }
}

extension HTTPFields {
    /// How many bytes the body is said to have: as many as there can be, when they can't be counted (RFC 9110 §8.6).
    /// Nothing when nothing is said.
    package var declaredLength: Int? {
        guard let text = combined(.contentLength) else { return nil }
        if let digits = Digits(all: text) { return digits.value }
        guard !text.isEmpty, text.allBytes(are: ASCII.isDigit) else { return nil }
        return Int(text) ?? .max
    }
}

extension Problem {
    /// RFC 9112 §7.1.1: a server ought to limit what the framing of a body costs.
    static let chunksTooMany = requestMalformed(
        "The body's chunks have more framing than content. Send larger chunks, and no extensions.")
}
