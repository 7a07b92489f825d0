// How much is on its way into the stream. A value.

internal import EventLog

/// The bytes and events of batches that are not answered yet.
struct AppendBudget: Sendable {
    private(set) var bytes = 0
    private(set) var events = 0
    /// Whether a batch was refused, and less than half of what there may be has been answered since.
    private(set) var isBusy = false
    private let mostBytes: Int
    private let mostEvents: Int

    init(bytes: Int, events: Int) { (mostBytes, mostEvents) = (bytes, events) }

    /// What a batch takes up.
    struct Share: Sendable, Equatable {
        let bytes: Int
        let events: Int
    }

    /// Takes a batch in. One that is larger than all that there may be is taken alone.
    ///
    /// - Throws: ``EventLogError/Code/busy``.
    mutating func admit(_ share: Share) throws(EventLogError) {
        let hasRoom = share.bytes <= mostBytes - bytes && share.events <= mostEvents - events
        guard events == 0 || hasRoom else {
            isBusy = true
            throw EventLogError(
                .busy, "\(events) events with \(bytes) bytes are on their way into the stream", retrySeconds: 1)
        }
        bytes += share.bytes
        events += share.events
    }

    /// A batch has been answered.
    mutating func release(_ share: Share) {
        bytes -= share.bytes
        events -= share.events
        if bytes <= mostBytes / 2, events <= mostEvents / 2 { isBusy = false }
    }
}
