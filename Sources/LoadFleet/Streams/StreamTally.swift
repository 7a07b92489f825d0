internal import NIOCore

/// Counts what happened on the streams of one kind.
package struct StreamTally: Sendable {
    /// Streams that were opened at least once.
    package internal(set) var opened = 0
    /// Streams that the gateway refused, or that could not be connected.
    package internal(set) var refused = 0
    /// Connections of open streams that ended by themselves. Such a stream reconnects.
    package internal(set) var broken = 0
    /// Events that arrived, doubled ones included.
    package internal(set) var deliveries = 0
    /// Events that arrived again.
    package internal(set) var doubled = 0
    /// Events that arrived after a later one.
    package internal(set) var outOfOrder = 0
    /// Events that were for others, or that the fleet did not publish.
    package internal(set) var unexpected = 0
    /// Gaps that streams were told of.
    package internal(set) var gaps = 0
    /// Why the first stream was refused.
    package internal(set) var firstRefusal: String?
    var lastDeliveryAt = NIODeadline.uptimeNanoseconds(0)

    /// Nothing happened.
    package init() {}

    mutating func merge(_ other: StreamTally) {
        opened += other.opened
        refused += other.refused
        broken += other.broken
        deliveries += other.deliveries
        doubled += other.doubled
        outOfOrder += other.outOfOrder
        unexpected += other.unexpected
        gaps += other.gaps
        firstRefusal = firstRefusal ?? other.firstRefusal
        lastDeliveryAt = max(lastDeliveryAt, other.lastDeliveryAt)
    }

    mutating func count(_ verdict: DeliveryRecord.Verdict) {
        deliveries += 1
        switch verdict {
        case .inOrder: break
        case .outOfOrder: outOfOrder += 1
        case .doubled: doubled += 1
        case .misdelivered: unexpected += 1
        }
    }
}
