import EventHub
import Synchronization

/// Metrics that a test reads.
final class CountingMetrics: HubMetrics {
    struct Counts: Equatable {
        var opened = 0
        var ended: [StreamEnd: Int] = [:]
        var published: [String: Int] = [:]
        var delivered = 0
    }

    private let state = Mutex(Counts())
    var counts: Counts { state.withLock { $0 } }

    func streamOpened() { state.withLock { $0.opened += 1 } }
    func streamEnded(_ reason: StreamEnd) { state.withLock { $0.ended[reason, default: 0] += 1 } }
    func published(_ audience: Audience) { state.withLock { $0.published[audience.kind, default: 0] += 1 } }
    func delivered(_ count: Int) { state.withLock { $0.delivered += count } }
}
