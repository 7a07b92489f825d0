// The requests of one HTTP/1.1 connection, from NIO's heads. A publisher sends the same head again and again: what was
// checked of the last one, and is the same bytes now, is not checked anew.

internal import HTTPTypes
internal import NIOHTTP1
internal import PeerText

/// Reads heads, and knows the last request that was well formed.
struct RequestReader {
    private(set) var last: HTTPRequest?
    private var version = HTTPVersion.http1_1
    /// The last request's target as it came: an absolute one names an authority, and its path alone does not.
    private var target = ""

    /// - Throws: ``Problem`` when the head is one that RFC 9112 has a server refuse.
    mutating func read(_ head: HTTPRequestHead) throws(Problem) -> HTTPRequest {
        let request = if let again = try again(head) { again } else { try anew(head) }
        last = request
        return request
    }

    private mutating func anew(_ head: HTTPRequestHead) throws(Problem) -> HTTPRequest {
        last = nil
        (version, target) = (head.version, head.uri)
        return try HTTPRequest(head)
    }

    /// The last request with other values in some of its fields; nothing when more than that differs, or when one of
    /// them says whom the request is for.
    private func again(_ head: HTTPRequestHead) throws(Problem) -> HTTPRequest? {
        guard var request = last, head.version == version, head.headers.count == request.headerFields.count,
            target.hasSameBytes(as: head.uri),
            request.method.rawValue.hasSameBytes(as: head.method.rawValue)
        else { return nil }
        var isFramedAnew = false
        for (place, (name, value)) in zip(request.headerFields.indices, head.headers) {
            let known = request.headerFields[place]
            guard known.name.rawName.hasSameBytes(as: name) else { return nil }
            if known.value.hasSameBytes(as: value) { continue }
            let field = try HTTPField(received: name, value)
            // Fields keep the bytes that they have when they are given a text that Swift holds for the same.
            guard known.name != Self.host, known.value != field.value else { return nil }
            isFramedAnew = isFramedAnew || known.name == .contentLength || known.name == .transferEncoding
            request.headerFields[place] = field
        }
        if isFramedAnew { try RequestFraming.check(request.headerFields, version: version) }
        return request
    }

    private static let host = HTTPField.Name("Host")
}
