// The requests of one HTTP/1.1 connection, from NIO's heads. A publisher sends the same head again and again: what was
// checked of the last one, and is the same bytes now, is not checked anew.

internal import HTTPTypes
internal import NIOHTTP1
internal import PeerText

/// Reads heads, and knows the last request that was well formed.
struct RequestReader {
    private(set) var last: HTTPRequest?
    /// What the head that was read last says besides, well formed or not.
    private(set) var facts: HeadFacts?
    private var version = HTTPVersion.http1_1
    /// The last request's target as it came: an absolute one names an authority, and its path alone does not.
    private var target = ""
    /// Nothing where the next head has to be read whole.
    private var headers: HTTPHeaders?
    private var isLarge = false
    /// What the last request was read from, where the decoder knows its head.
    private var source: Source?
    /// Whether the request that was read last is the one before it, but for the length of its body.
    private(set) var isRepeat = false

    /// Reads a head that the decoder knows.
    mutating func read(_ known: KnownHead, _ match: KnownHead.Match) throws(Problem) -> HTTPRequest {
        if source?.known === known, let request = repeated(match.length) {
            isRepeat = true
            return request
        }
        let request = try read(known.head(match))
        if let place = request.headerFields.firstIndex(where: { $0.name == .contentLength }) {
            source = Source(known: known, length: match.length, lengthPlace: place)
        }
        return request
    }

    /// The last request with the length that it has this time.
    private mutating func repeated(_ length: Digits) -> HTTPRequest? {
        guard let source, last != nil else { return nil }
        if length != source.length {
            self.source?.length = length
            last?.headerFields[source.lengthPlace].value = length.text
            facts?.declare(length.value)
            // They are not what the next head would have to be compared with.
            headers = nil
        }
        return last
    }

    /// - Throws: ``Problem`` when the head is one that RFC 9112 has a server refuse.
    mutating func read(_ head: HTTPRequestHead) throws(Problem) -> HTTPRequest {
        (source, isRepeat) = (nil, false)
        do throws(Problem) {
            let request = if let again = try again(head) { again } else { try anew(head) }
            (last, headers, facts) = (request, head.headers, HeadFacts(head, request))
            isLarge = head.textBytes > KnownHead.byteLimit
            return request
        } catch {
            (last, facts) = (nil, HeadFacts(head, nil))
            throw error
        }
    }

    /// The last request has been answered. A large one is not kept for the next, since every connection may have one.
    mutating func answered() {
        if isLarge { (last, headers, source) = (nil, nil, nil) }
    }

    private mutating func anew(_ head: HTTPRequestHead) throws(Problem) -> HTTPRequest {
        (version, target) = (head.version, head.uri)
        return try HTTPRequest(head)
    }

    /// The last request with other values in some of its fields; nothing when more than that differs, or when one of
    /// them says whom the request is for.
    private func again(_ head: HTTPRequestHead) throws(Problem) -> HTTPRequest? {
        guard var request = last, let headers, head.version == version, head.headers.count == headers.count,
            target.hasSameBytes(as: head.uri),
            request.method.rawValue.hasSameBytes(as: head.method.rawValue)
        else { return nil }
        var isFramedAnew = false
        for (place, (known, new)) in zip(headers, head.headers).enumerated() {
            guard known.name.hasSameBytes(as: new.name) else { return nil }
            if known.value.hasSameBytes(as: new.value) { continue }
            let (field, old) = (try HTTPField(received: new.name, new.value), request.headerFields[place])
            // Fields keep the bytes that they have when they are given a text that Swift holds for the same.
            guard field.name != Self.host, old.value != field.value else { return nil }
            isFramedAnew = isFramedAnew || field.name == .contentLength || field.name == .transferEncoding
            request.headerFields[place] = field
        }
        if isFramedAnew { try RequestFraming.check(request.headerFields, version: version) }
        return request
    }

    private static let host = HTTPField.Name("Host")

    private struct Source {
        let known: KnownHead
        /// The length that the last request has.
        var length: Digits
        /// Where it stands among the fields.
        let lengthPlace: Int
    }
}
