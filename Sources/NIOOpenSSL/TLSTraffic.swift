// How much ciphertext the connections of an event loop have sent and received.

internal import Synchronization

/// Bytes of ciphertext, handshakes included. One event loop counts, and any thread reads.
public final class TLSTraffic: Sendable {
    private let sent = Atomic<UInt64>(0)
    private let received = Atomic<UInt64>(0)

    /// Makes a count that begins at nothing.
    public init() {}

    /// How many bytes were sent, or given to the channel to be sent.
    public var sentBytes: UInt64 { sent.load(ordering: .relaxed) }

    /// How many bytes were received.
    public var receivedBytes: UInt64 { received.load(ordering: .relaxed) }

    // Nobody else writes, so a load and a store will do: an addition that is one step for all threads costs a small
    // event a hundredth more.
    func countSent(_ bytes: Int) { sent.store(sentBytes &+ UInt64(bytes), ordering: .relaxed) }
    func countReceived(_ bytes: Int) { received.store(receivedBytes &+ UInt64(bytes), ordering: .relaxed) }
}
