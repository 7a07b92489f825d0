// Events on their way from the log to a shard: any thread puts them in, the shard takes them out.

internal import EventLog
internal import Synchronization

/// A shard's queue. Bounded in bytes: when it is full it is emptied, and the shard reads from the log instead.
final class ShardInbox: Sendable {
    /// What the shard finds.
    struct Mail: Sendable {
        var events: [LoggedEvent] = []
        /// The first of the events that were left out, if some were: streams have to be told to read the log.
        var firstLost: Position?
    }

    private struct State {
        var mail = Mail()
        var byteCount = 0
        /// The shard has been told that there is mail and has not looked yet.
        var isAnnounced = false
    }

    private let state = Mutex(State())
    private let byteLimit: Int

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// Puts an event in. True when the shard has to be told.
    func post(_ event: LoggedEvent) -> Bool {
        state.withLock { state in
            state.byteCount += event.cost
            if state.byteCount > byteLimit {
                let firstLost = state.mail.firstLost ?? state.mail.events.first?.sequence ?? event.sequence
                state.mail = Mail(firstLost: firstLost)
            } else {
                state.mail.events.append(event)
            }
            defer { state.isAnnounced = true }
            return !state.isAnnounced
        }
    }

    /// Takes everything out.
    func take() -> Mail {
        state.withLock { state in
            let mail = state.mail
            state = State()
            return mail
        }
    }
}
