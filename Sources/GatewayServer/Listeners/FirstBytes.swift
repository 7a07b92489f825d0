// Who speaks at a port of TLS, by the first bytes that come. A rule as a value; it answers nobody.

internal import NIOCore

/// What the first bytes of a connection begin.
enum FirstBytes: Equatable {
    /// A record of TLS, or nothing that is known here: OpenSSL refuses that itself.
    case other
    /// A request of HTTP/1 without TLS.
    case http1(isHead: Bool)
    /// HTTP/2 without TLS (RFC 9113 §3.4).
    case http2
    /// The header that a proxy sends before the client's bytes (HAProxy's PROXY protocol, version 1 or 2).
    case proxyHeader
    /// Too few to tell.
    case undecided

    /// So many are looked at: more than any method that is in use has.
    static let limit = 24

    private static let tlsHandshake: UInt8 = 22
    private static let proxySignature = ProxyHeaderReader.signature
    private static let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")

    /// - Parameter bytes: the first that came, at least one.
    init(_ bytes: ByteBufferView) {
        self =
            switch bytes.first {
            // RFC 8446 §5.1: a client speaks first, and with a handshake record.
            case Self.tlsHandshake: .other
            case 13: Self.proxy(bytes)
            default: Self.text(bytes)
            }
    }

    private static func proxy(_ bytes: ByteBufferView) -> FirstBytes {
        let (seen, wanted) = (bytes.prefix(proxySignature.count), proxySignature.prefix(bytes.count))
        guard seen.elementsEqual(wanted) else { return .other }
        return wanted.count == proxySignature.count ? .proxyHeader : .undecided
    }

    private static func text(_ bytes: ByteBufferView) -> FirstBytes {
        let word = bytes.prefix(limit).prefix { capitals.contains($0) }
        guard word.count < bytes.count else { return word.count < limit ? .undecided : .other }
        guard !word.isEmpty, bytes[word.endIndex] == UInt8(ascii: " ") else { return .other }
        if word.elementsEqual("PROXY".utf8) { return .proxyHeader }
        if word.elementsEqual("PRI".utf8) { return .http2 }
        return .http1(isHead: word.elementsEqual("HEAD".utf8))
    }

    // MARK: Answers

    private static let sentence = "This port speaks HTTPS."

    /// What the client is told without TLS, if it understands anything. Shorter than most requests, so that it
    /// amplifies nothing.
    var answer: ByteBuffer? {
        switch self {
        case .other, .undecided, .proxyHeader: nil
        case .http1(let isHead): isHead ? Self.head : Self.headAndSentence
        case .http2: Self.goodbye
        }
    }

    private static let head = ByteBuffer(
        string: "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: \(sentence.utf8.count + 1)\r\n"
            + "Connection: close\r\n\r\n")
    private static let headAndSentence = ByteBuffer(string: String(buffer: head) + sentence + "\n")

    /// Empty SETTINGS, because they come first (RFC 9113 §3.4), and GOAWAY with INADEQUATE_SECURITY (§6.8, §7).
    private static let goodbye = ByteBuffer(
        bytes: [0, 0, 0, 4, 0, 0, 0, 0, 0] + [0, 0, UInt8(8 + sentence.utf8.count), 7, 0, 0, 0, 0, 0]
            + [0, 0, 0, 0, 0, 0, 0, 12] + sentence.utf8)
}
