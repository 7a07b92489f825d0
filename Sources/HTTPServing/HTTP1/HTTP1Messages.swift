// Between NIO's HTTP/1.1 messages and the version-neutral ones that the rules use.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import PeerText

extension HTTPRequest {
    /// - Throws: ``Problem`` when the head is one that RFC 9112 has a server refuse.
    init(_ head: HTTPRequestHead) throws(Problem) {
        let hosts = head.headers["host"]
        // RFC 9112 §3.2: exactly one, and none at all only in HTTP/1.0.
        guard hosts.count == 1 || (hosts.isEmpty && !head.version.isAtLeast11) else {
            throw .requestMalformed("Send one Host field.")
        }
        let host = hosts.first.map { $0.bytes.trimmed }
        guard host.map({ Authority($0) != nil }) ?? true else { throw .hostMalformed }
        guard let method = HTTPRequest.Method(head.method.rawValue) else {
            throw .requestMalformed("The method is none.")
        }
        let target = try TargetForm(head.uri, method: method)
        self.init(
            method: method, scheme: "https", authority: target.authority ?? host.map { String(Substring($0)) },
            path: target.path)
        var fields: [HTTPField] = []
        fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers { fields.append(try HTTPField(received: name, value)) }
        // All at once: to append one is to insert a collection of one.
        headerFields.replaceSubrange(0..<0, with: fields)
        try RequestFraming.check(headerFields, version: head.version)
    }
}

extension HTTPField {
    /// - Throws: ``Problem`` for a name or a value that is none.
    init(received name: String, _ value: String) throws(Problem) {
        let value = value.withoutTrailingSpace
        // A value that it had to change was none. To ask first would be to look at each byte twice.
        guard let field = HTTPField.Name(name).map({ HTTPField(name: $0, value: value) }), field.value == value else {
            throw .requestMalformed("A field's name or value has characters that it may not have.")
        }
        self = field
    }
}

extension String {
    /// Space around a field's value is not part of it (RFC 9110 §5.5); the decoder removes what is in front.
    fileprivate var withoutTrailingSpace: String {
        guard let last = utf8.last, last == 0x20 || last == 0x09 else { return self }
        return String(Substring(bytes.trimmed))
    }
}

extension HTTPVersion {
    /// Whether the other side knows chunks, persistent connections and `100 Continue`.
    var isAtLeast11: Bool { (major, minor) >= (1, 1) }
}

/// What a head says of its connection and its body.
struct HeadFacts: Equatable {
    /// In bytes.
    private static let shortBody: Int = 65_536

    /// Whether another request may follow. Not behind one that is malformed, nor behind one that would change the
    /// protocol (RFC 9110 §7.8): the decoder takes what follows that for the new one.
    let keepsConnection: Bool
    /// Whether a body follows, be it empty (RFC 9112 §6.3).
    private(set) var hasBody: Bool
    /// Whether the client waits for a word before it sends its body (RFC 9110 §10.1.1). HTTP/1.0 does not know it.
    let expectsContinue: Bool
    /// Whether a body follows for certain, and is so short that reading it costs less than another handshake.
    private(set) var isBodyShort: Bool
    /// How many bytes the body is said to have, if that is said.
    private(set) var declaredLength: Int?
    private let expectsAnything: Bool

    /// - Parameter request: what was made of the head; nothing when it is malformed.
    init(_ head: HTTPRequestHead, _ request: HTTPRequest?) {
        keepsConnection = request != nil && head.mayBeFollowed
        expectsAnything = head.headers.contains(name: "expect")
        let framing = BodyFraming(head)
        hasBody = ![.none, .length(0)].contains(framing)
        expectsContinue =
            head.version.isAtLeast11 && head.headers["expect"].contains { $0.equalsIgnoringCase("100-continue") }
        // Whatever is expected, a client may wait for it, and leave its body out then (RFC 9110 §10.1.1).
        if case .length(1...Self.shortBody) = framing, !expectsAnything {
            isBodyShort = true
        } else {
            isBodyShort = false
        }
        declaredLength = request?.headerFields.declaredLength
    }

    /// The same head comes with another length, by its one `Content-Length`.
    mutating func declare(_ length: Int) {
        hasBody = length > 0
        isBodyShort = (1...Self.shortBody).contains(length) && !expectsAnything
        declaredLength = length
    }
}

extension Problem {
    /// What the decoder refused.
    init(_ error: HTTPParserError, headLimit: Int) {
        self =
            error == .headerOverflow
            ? .headTooLarge(limit: headLimit)
            : .requestMalformed("The request is not HTTP/1.1 as RFC 9112 has it.")
    }
}
