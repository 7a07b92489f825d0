// What became of the reloads that were asked for by a signal. The admin listener shows it at /reloads, and `sluice
// reload` waits for it. Reloads because a file has changed are not in it: nobody waits for those.

internal import Glibc
internal import Synchronization

/// How many reloads a gateway was asked for, and how the last of them ended. As JSON it is the answer to /reloads.
package struct ReloadRecord: Sendable, Equatable, Codable {
    /// The gateway's process, so that whoever sent it the signal knows that this is its answer.
    package var process: Int32
    /// How many reloads were asked for.
    var asked = 0
    /// How many of these are done. One reload can be the answer to several signals.
    var done = 0
    /// What was wrong when the last one was done, one sentence each; empty when its configuration is in force.
    var failures: [String] = []
    /// The settings that have changed and take a restart.
    var awaitingRestart: [String] = []

    private enum CodingKeys: String, CodingKey {
        case process, asked, done, failures
        case awaitingRestart = "awaiting_restart"
    }

    init(process: Int32) {
        self.process = process
    }

    /// How a reload ended.
    package enum Outcome: Sendable, Equatable {
        /// The configuration is in force, but for settings that take a restart.
        case reloaded(awaitingRestart: [String])
        /// What was in force stays so.
        case refused([String])
        /// Another process answers: the gateway was started anew meanwhile, and has read the configuration.
        case replaced
    }

    /// The outcome of the reload that was asked for behind an earlier record; nil while it is under way.
    package func outcome(since earlier: ReloadRecord) -> Outcome? {
        guard process == earlier.process else { return .replaced }
        guard done > earlier.asked else { return nil }
        return failures.isEmpty ? .reloaded(awaitingRestart: awaitingRestart) : .refused(failures)
    }
}

/// The record of this process, for all threads.
final class ReloadJournal: Sendable {
    private let state = Mutex(ReloadRecord(process: getpid()))

    var record: ReloadRecord { state.withLock { $0 } }

    /// How many reloads were asked for, if some of them are not done.
    var pending: Int? { state.withLock { $0.asked > $0.done ? $0.asked : nil } }

    /// A reload is asked for.
    func ask() { state.withLock { $0.asked += 1 } }

    /// A reload is done that began when so many had been asked for.
    func isDone(_ asked: Int, failures: [String], awaitingRestart: [String]) {
        state.withLock { record in
            record.done = asked
            record.failures = failures
            record.awaitingRestart = failures.isEmpty ? awaitingRestart : []
        }
    }
}
