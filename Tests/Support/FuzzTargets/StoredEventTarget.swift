internal import EventLog
internal import NIOCore

@testable internal import JetStreamEventLog

/// An event as it stands in a NATS stream, which others may write to, too.
enum StoredEventTarget {
    static func read(_ bytes: [UInt8]) { _ = try? EventMessage(payload: ByteBuffer(bytes: bytes)) }
}
