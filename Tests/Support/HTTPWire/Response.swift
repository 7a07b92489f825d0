/// One response as the client reads it from the wire.
package struct Response: Sendable, Equatable {
    package let version: String
    package let status: Int
    package let fields: [(name: String, value: String)]
    /// What follows the head, chunks put together.
    package let body: String
    /// What follows the body.
    package let rest: String

    /// Reads the first response in `text`.
    ///
    /// - Parameter isHead: whether the request was HEAD: no body follows, whatever the fields say.
    package init(_ text: String, isHead: Bool = false) throws {
        guard let end = text.utf8Range(of: "\r\n\r\n") else { throw NoResponse(text: text) }
        var lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let start = lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard start.count >= 2, let status = Int(start[1]) else { throw NoResponse(text: text) }
        version = String(start[0])
        self.status = status
        fields = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]).lowercased(), parts.count == 2 ? String(parts[1].drop { $0 == " " }) : "")
        }
        let rest = text[end.upperBound...]
        let length = fields.first { $0.name == "content-length" }.flatMap { Int($0.value) }
        let isChunked = fields.contains { $0.name == "transfer-encoding" && $0.value == "chunked" }
        if isHead || status == 204 || status < 200 {
            (body, self.rest) = ("", String(rest))
        } else if let length {
            let utf8 = Array(rest.utf8)
            guard utf8.count >= length else { throw NoResponse(text: text) }
            body = String(decoding: utf8[..<length], as: UTF8.self)
            self.rest = String(decoding: utf8[length...], as: UTF8.self)
        } else if isChunked {
            var chunks = Chunks(rest)
            body = try chunks.joined()
            self.rest = chunks.rest
        } else {
            (body, self.rest) = (String(rest), "")
        }
    }

    /// All responses in `text`.
    package static func all(in text: String) throws -> [Response] {
        var responses: [Response] = []
        var rest = text
        while !rest.isEmpty {
            let response = try Response(rest)
            responses.append(response)
            rest = response.rest
        }
        return responses
    }

    /// The first value of a field.
    package subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The `code` of a problem.
    package var code: String? { member("code") }

    /// The `detail` of a problem.
    package var detail: String? { member("detail") }

    /// A string member of a body that is a flat JSON object. Good for what the gateway itself writes.
    package func member(_ name: String) -> String? {
        guard let start = body.utf8Range(of: "\"\(name)\":\"") else { return nil }
        var value = ""
        var isEscaped = false
        for character in body[start.upperBound...] {
            if character == "\"", !isEscaped { return value }
            isEscaped = character == "\\" && !isEscaped
            if !isEscaped { value.append(character) }
        }
        return nil
    }

    package static func == (left: Response, right: Response) -> Bool {
        left.status == right.status && left.body == right.body && left.rest == right.rest
            && left.fields.elementsEqual(right.fields, by: ==)
    }
}

/// What came was no complete response.
package struct NoResponse: Error {
    package let text: String

    package init(text: String) { self.text = text }
}

/// The chunks of a body (RFC 9112 §7.1).
package struct Chunks {
    private var text: Substring

    package init(_ text: some StringProtocol) {
        self.text = Substring(text)
    }

    package var rest: String { String(text) }

    /// The next chunk; empty for the last one, nothing when it is not all there.
    package mutating func next() -> String? {
        guard let line = text.utf8Range(of: "\r\n"), let size = Int(text[..<line.lowerBound], radix: 16) else {
            return nil
        }
        let bytes = Array(text[line.upperBound...].utf8)
        guard bytes.count >= size + 2, bytes[size..<size + 2].elementsEqual("\r\n".utf8) else { return nil }
        text = Substring(String(decoding: bytes[(size + 2)...], as: UTF8.self))
        return String(decoding: bytes[..<size], as: UTF8.self)
    }

    /// Every chunk up to the last.
    package mutating func joined() throws -> String {
        var body = ""
        while let chunk = next() {
            if chunk.isEmpty { return body }
            body += chunk
        }
        throw NoResponse(text: body + text)
    }
}

extension StringProtocol {
    /// Where `needle` first is, byte for byte: a CRLF is one character to a `String`, and may be two to a peer.
    package func utf8Range(of needle: String) -> Range<String.Index>? {
        let (hay, needle) = (utf8, Array(needle.utf8))
        var start = hay.startIndex
        while start < hay.endIndex {
            if hay[start...].starts(with: needle) {
                return start..<hay.index(start, offsetBy: needle.count)
            }
            start = hay.index(after: start)
        }
        return nil
    }

    package func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.utf8Range(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
