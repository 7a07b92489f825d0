// `-ERR`: what a server complains about, and whether the connection is over with it. The words are nats-server's
// (server/errors.go); a complaint that is not known here is told and changes nothing, because a server that means to
// end the connection does so.

internal import PeerText

/// A complaint of the server.
struct ServerComplaint: Sendable, Equatable {
    enum Kind: Sendable, Equatable, CaseIterable {
        /// These credentials are not let in, or not any more.
        case authorization
        /// One subject may not be published or subscribed to. The connection goes on.
        case permission
        /// One operation was refused, such as a subscription too many. The connection goes on.
        case refused
        /// The server gives up this connection: it reads too slowly, did not answer, or there are too many.
        case ending
        /// The server did not understand what came, or not accept its size: a fault of this client's.
        case protocolFault
        /// Not known here.
        case other

        /// Whether the server closes the connection behind it.
        var endsConnection: Bool {
            switch self {
            case .authorization, .ending, .protocolFault: true
            case .permission, .refused, .other: false
            }
        }
    }

    /// What a permission that is missing would have allowed.
    enum Refused: Sendable, Equatable {
        case publishing([UInt8])
        case subscribing([UInt8])
    }

    let kind: Kind
    /// The server's words: printable ASCII, cut at ``longest``.
    let text: String

    /// Longer ones are cut: a text is for people.
    static let longest = 256

    /// - Parameter line: what stands behind `-ERR`, its quotes included.
    init(line: Span<UInt8>) {
        var bytes: [UInt8] = []
        for index in line.indices where bytes.count < Self.longest {
            let byte = line[index]
            bytes.append(byte >= 0x20 && byte < 0x7f ? byte : UInt8(ascii: "?"))
        }
        let words = String(decoding: bytes, as: UTF8.self).bytes.trimmed
        let text = Self.withoutQuotes(words)
        kind = Self.kind(of: text)
        self.text = String(decoding: text, as: UTF8.self)
    }

    /// What was refused, when the text names it.
    var refused: Refused? {
        guard kind == .permission, let start = text.bytes.cut(at: UInt8(ascii: "\"")).behind else { return nil }
        let (subject, behind) = start.cut(at: UInt8(ascii: "\""))
        // Without a second quote it was cut.
        guard behind != nil else { return nil }
        let words = text.bytes.dropFirst("permissions violation for ".utf8.count)
        if words.prefix(7).equalsIgnoringCase("publish") { return .publishing(Array(subject)) }
        return words.prefix(12).equalsIgnoringCase("subscription") ? .subscribing(Array(subject)) : nil
    }

    private static func withoutQuotes(_ text: Substring.UTF8View) -> Substring.UTF8View {
        let quote = UInt8(ascii: "'")
        guard text.count >= 2, text.first == quote, text.last == quote else { return text }
        return text.dropFirst().dropLast()
    }

    private static func kind(of text: Substring.UTF8View) -> Kind {
        kinds.first { text.prefix($0.words.utf8CodeUnitCount).equalsIgnoringCase($0.words) }?.kind ?? .other
    }

    /// How a complaint begins, in lower case.
    private static let kinds: [(words: StaticString, kind: Kind)] = [
        ("authorization violation", .authorization), ("authorization timeout", .authorization),
        ("authentication timeout", .authorization), ("authentication expired", .authorization),
        ("user authentication expired", .authorization), ("user authentication revoked", .authorization),
        ("account authentication expired", .authorization), ("credentials have been revoked", .authorization),
        ("permissions violation", .permission), ("invalid subject", .refused), ("invalid publish subject", .refused),
        ("maximum subscriptions exceeded", .refused), ("no responders requires headers", .protocolFault),
        ("stale connection", .ending), ("slow consumer", .ending), ("maximum connections exceeded", .ending),
        ("maximum account active connections exceeded", .ending), ("connection throttling", .ending),
        ("server shutdown", .ending), ("duplicate server", .ending),
        ("secure connection - tls required", .protocolFault), ("unknown protocol operation", .protocolFault),
        ("parser error", .protocolFault), ("maximum payload", .protocolFault),
        ("maximum control line exceeded", .protocolFault), ("invalid client protocol", .protocolFault),
        ("attempted to connect to", .protocolFault), ("message headers not supported", .protocolFault),
    ]
}
