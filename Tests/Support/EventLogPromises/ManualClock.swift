// The time in a log's tests: it stands still until it is told.

package import EventLog
internal import Synchronization

/// A calendar clock that tests move.
package final class ManualClock: Sendable {
    private let time: Mutex<WallTime>

    package init(_ start: WallTime = WallTime(milliseconds: 1_000_000)) { time = Mutex(start) }

    package var now: WallTime { time.withLock { $0 } }

    package func advance(milliseconds: Int64) {
        time.withLock { $0.milliseconds += milliseconds }
    }

    package func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }
}
