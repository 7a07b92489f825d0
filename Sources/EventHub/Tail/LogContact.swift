// Whether a gateway's streams are current, and when to tell them that they are not. A value; the time is passed in.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// A shard's contact with the log, or with what the log reads from.
struct LogContact: Sendable {
    private enum State {
        case current
        /// Lost, and nobody was told yet: it may be over in a moment.
        case lost(since: WallTime, at: NIODeadline)
        case delayed(since: WallTime)
    }

    private var state = State.current
    private let patience: TimeAmount

    /// - Parameter patience: how long to wait before streams are told: `log.stale_after`.
    init(patience: TimeAmount) { self.patience = patience }

    /// Since when contact is lost, once streams have to be told.
    var delayedSince: WallTime? {
        if case .delayed(let since) = state { since } else { nil }
    }

    var isLost: Bool {
        if case .current = state { false } else { true }
    }

    /// Notes that contact is lost. A second call means that it was back in between, for too short a time to be told.
    mutating func lost(since: WallTime, now: NIODeadline) {
        state = .lost(since: since, at: now)
    }

    mutating func regained() { state = .current }

    /// Looks whether streams have to be told now.
    ///
    /// - Returns: since when contact is lost, once, when it is time to tell; otherwise nil.
    mutating func takeDelay(at now: NIODeadline) -> WallTime? {
        guard case .lost(let since, let at) = state, at + patience <= now else { return nil }
        state = .delayed(since: since)
        return since
    }
}

extension EventFrame {
    /// `event: sluice.delayed`: events may come late, or can't be published. It has no id, so that a reconnect goes on
    /// behind the newest event.
    init(delayedSince since: WallTime) {
        var json = JSONWriter()
        json.object { $0.string("since", since.description) }
        self.init(id: nil, event: EventName(literal: "sluice.delayed"), data: ByteBuffer(bytes: json.bytes))
    }

    /// `event: sluice.current`: the stream has all its events, and gets those that come.
    static let current = EventFrame(
        id: nil, event: EventName(literal: "sluice.current"), data: ByteBuffer(staticString: "{}"))
}
