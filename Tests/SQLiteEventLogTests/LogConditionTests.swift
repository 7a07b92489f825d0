import EventLog
import Synchronization
import Testing

@testable import SQLiteEventLog

/// Who follows a log is told that it is cut off, be that new or not.
@Suite struct LogConditionTests {
    private static let start = WallTime(milliseconds: 1000)

    /// What a follower was told, in its order.
    private final class Told: Sendable {
        let words = Mutex<[String]>([])
        func hear(_ element: TailElement) {
            words.withLock { words in
                switch element {
                case .interrupted(let since): words.append("interrupted \(since.milliseconds)")
                case .resumed: words.append("resumed")
                default: words.append("other")
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func aFollowerIsToldOfAnInterruptionFromBeforeItCame(isLostBefore: Bool) {
        var condition = LogCondition { Self.start }
        let told = Told()
        let failure = EventLogError(.moved, "moved")
        if isLostBefore { condition.failed(failure) }
        condition.follow(told.hear)
        if !isLostBefore { condition.failed(failure) }
        condition.failed(failure)
        #expect(told.words.withLock { $0 } == ["interrupted 1000"])
        condition.wrote()
        condition.wrote()
        #expect(told.words.withLock { $0 } == ["interrupted 1000", "resumed"])
    }
}
