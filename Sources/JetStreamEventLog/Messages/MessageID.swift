// The name under which the events of a batch with a key are stored (`Nats-Msg-Id`): the server stores two messages of
// one name once, within the stream's duplicate window, whichever node sends them.

internal import EventLog
internal import OpenSSLKit

/// The names of a batch's messages.
struct MessageID: Sendable, Equatable {
    static let header = "Nats-Msg-Id"

    private let batch: String

    /// Two publishers' keys have nothing to do with each other: the length says where the one ends.
    init(_ key: PublishKey) throws(OpenSSLFailure) {
        let publisher = CanonicalName.bytes(of: key.publisher)
        let message = Array("\(publisher.count):".utf8) + publisher + CanonicalName.bytes(of: key.key)
        batch = Hexadecimal.text(of: try Digest.sha256(message.span))
    }

    /// The name of one of its events.
    ///
    /// - Parameter generation: 1; one more each time when the server said that it had a message of the name before,
    ///   and has none.
    func text(of index: Int, generation: Int) -> String {
        generation == 1 ? "\(batch)/\(index)" : "\(batch)/\(index)~\(generation)"
    }

    /// What a name was made of; nothing when it is none of ours.
    static func parts(of name: String) -> (batch: String, index: Int)? {
        let bytes = Array(name.utf8)
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let digits = bytes[(slash + 1)...].prefix { $0 != UInt8(ascii: "~") }
        guard let index = Int(String(decoding: digits, as: UTF8.self)), index >= 0 else { return nil }
        return (String(decoding: bytes[..<slash], as: UTF8.self), index)
    }
}
