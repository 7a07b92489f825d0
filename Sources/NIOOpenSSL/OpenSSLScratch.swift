// Working memory that the connections of one event loop share, so that an idle connection holds no buffers.

internal import OpenSSLKit

/// Working memory for all ``OpenSSLHandler``s of one event loop.
///
/// Make one per event loop and pass it to every handler there. It is used only while a handler is on the stack.
public final class OpenSSLScratch {
    let records = RecordScratch()
    // Room for the writes of one flush, lent to whichever connection has more than one of them.
    var spareQueue: [PendingWrites.Item] = []

    /// Makes working memory that allocates nothing until it is used.
    public init() {}

    /// Takes back the storage of a queue that has been worked off.
    ///
    /// - Parameter queue: Its only owner, or emptying it would allocate; it is left empty.
    func lend(_ queue: inout [PendingWrites.Item]) {
        guard queue.capacity > spareQueue.capacity, queue.capacity <= Self.retainedWrites else { return }
        queue.removeAll(keepingCapacity: true)
        swap(&queue, &spareQueue)
    }

    private static let retainedWrites = 1_024
}

@available(*, unavailable)
extension OpenSSLScratch: Sendable {}
