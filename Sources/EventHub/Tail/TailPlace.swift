// How far this node has followed the log. Streams begin here. The log's own head may be further, and its lock is for
// those who append.

internal import EventLog
internal import Synchronization

/// The newest event that the hub knows of, for all threads.
final class TailPlace: Sendable {
    private let place: Mutex<LoggedEventID>

    init(_ place: LoggedEventID) { self.place = Mutex(place) }

    var current: LoggedEventID { place.withLock { $0 } }

    /// Events up to here are on their way to the shards.
    func advance(to sequence: Position) {
        place.withLock { $0 = LoggedEventID(epoch: $0.epoch, sequence: sequence) }
    }

    /// Begins another epoch.
    ///
    /// - Parameter announce: tells the shards. Whoever sees the new place finds that its shard was told.
    func begin(_ new: LoggedEventID, announce: () -> Void) {
        place.withLock { place in
            announce()
            place = new
        }
    }
}
