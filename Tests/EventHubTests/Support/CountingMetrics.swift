import EventLog
import Synchronization

@testable import EventHub

/// Metrics that a test reads.
final class CountingMetrics: HubMetrics {
    struct Counts: Equatable {
        var opened = 0
        var ended: [StreamEnd: Int] = [:]
        var published: [String: Int] = [:]
        var delivered = 0
        var fellBehind = 0
        var behind = 0
        var delayed = 0
        var told = 0
        var gaps: [GapReason: Int] = [:]
    }

    private let state = Mutex(Counts())
    var counts: Counts { state.withLock { $0 } }

    func streamOpened() { state.withLock { $0.opened += 1 } }
    func streamEnded(_ reason: StreamEnd) { state.withLock { $0.ended[reason, default: 0] += 1 } }
    func streamFellBehind() { state.withLock { $0.fellBehind += 1 } }
    func streamsBehind(changedBy change: Int) { state.withLock { $0.behind += change } }
    func streamsDelayed(changedBy change: Int) { state.withLock { $0.delayed += change } }
    func gapTold(_ reason: GapReason) { state.withLock { $0.gaps[reason, default: 0] += 1 } }
    func published(_ audience: Audience) { state.withLock { $0.published[audience.kind, default: 0] += 1 } }
    func presenceTold(_ count: Int) { state.withLock { $0.told += count } }
    func delivered(_ count: Int) { state.withLock { $0.delivered += count } }
}
