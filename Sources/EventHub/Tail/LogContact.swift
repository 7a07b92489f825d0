// Whether a gateway's streams are current, and when they have to be told that they are not. A value, told the time.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// A shard's contact with the log, or with what the log reads from.
struct LogContact: Sendable {
    private enum State {
        case current
        /// Lost, and nobody has been told: it may be over in a moment.
        case lost(since: WallTime, at: NIODeadline)
        case delayed(since: WallTime)
    }

    private var state = State.current
    private let patience: TimeAmount

    /// - Parameter patience: for how long streams are not told: `log.stale_after`.
    init(patience: TimeAmount) { self.patience = patience }

    /// Since when, once streams have to be told.
    var delayedSince: WallTime? {
        if case .delayed(let since) = state { since } else { nil }
    }

    var isLost: Bool {
        if case .current = state { false } else { true }
    }

    /// Contact is lost; again is nothing new.
    mutating func lost(since: WallTime, now: NIODeadline) {
        if case .current = state { state = .lost(since: since, at: now) }
    }

    mutating func regained() { state = .current }

    /// Time has passed.
    ///
    /// - Returns: since when contact is lost, when streams have to be told so now: once.
    mutating func takeDelay(at now: NIODeadline) -> WallTime? {
        guard case .lost(let since, let at) = state, at + patience <= now else { return nil }
        state = .delayed(since: since)
        return since
    }
}

extension EventFrame {
    /// `event: sluice.delayed`: what is published may come late, or can't be published. Has no id, so that a reconnect
    /// goes on behind the newest event.
    init(delayedSince since: WallTime) {
        var json = JSONWriter()
        json.object { $0.string("since", since.description) }
        self.init(id: nil, event: EventName(literal: "sluice.delayed"), data: ByteBuffer(bytes: json.bytes))
    }

    /// `event: sluice.current`: the stream has all that there is for it, and gets what comes.
    static let current = EventFrame(
        id: nil, event: EventName(literal: "sluice.current"), data: ByteBuffer(staticString: "{}"))
}
