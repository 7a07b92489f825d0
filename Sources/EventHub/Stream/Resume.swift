// Where a stream begins: what a client's `Last-Event-ID` means to this log, and how to tell a gap.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// A gap, before it is known where the stream goes on.
struct Gap: Equatable {
    /// The id, as the client sent it.
    let requested: String
    let reason: GapReason
}

/// The answer to a `Last-Event-ID`.
enum Resume: Equatable {
    /// Goes on with the next event; `gap` when that leaves something out.
    case live(gap: Gap?)
    /// Waits for an event, or an epoch, that this node has not heard of yet: another node gave out its id.
    case ahead(LoggedEventID)
    /// Reads the log from behind a position; `gap` when that leaves something out.
    case read(after: Position, gap: Gap?)

    /// - Parameters:
    ///   - lastEventID: as the client sent it; nothing or empty for a client that has had no event (HTML standard
    ///     §9.2.5).
    ///   - tail: how far this node knows the log.
    ///   - isShared: whether the log may be further than that; see ``EventLog/isShared``.
    ///   - endOfEpoch: where an earlier epoch of the log ended; see ``EventLog/end(of:)``.
    init(
        lastEventID: String?, tail: LoggedEventID, isShared: Bool = false, endOfEpoch: (Epoch) -> Position?
    ) {
        guard let text = lastEventID, !text.isEmpty else {
            self = .live(gap: nil)
            return
        }
        guard let id = LoggedEventID(text) else {
            self = .live(gap: Gap(requested: text, reason: .malformed))
            return
        }
        if id.epoch != tail.epoch {
            // When the log does not know the epoch, all its events are newer than what the client had. When the log
            // continues the epoch, the client goes on where it was; but the end of that epoch was lost.
            let end = endOfEpoch(id.epoch)
            let gap = Gap(requested: text, reason: .epoch)
            self = isShared && end == nil ? .ahead(id) : .read(after: min(id.sequence, end ?? 0), gap: gap)
        } else if id.sequence > tail.sequence {
            self = isShared ? .ahead(id) : .live(gap: Gap(requested: text, reason: .future))
        } else if id.sequence == tail.sequence {
            self = .live(gap: nil)
        } else {
            self = .read(after: id.sequence, gap: nil)
        }
    }
}

extension Resume {
    /// Where a stream begins, on a log whose newest event is `tail`. Nothing of today's epoch is for a stream that may
    /// be of a later one.
    func start(_ tail: LoggedEventID) -> Position {
        switch self {
        case .live: tail.sequence
        case .ahead(let id): id.epoch == tail.epoch ? id.sequence : .max
        case .read(let position, _): position
        }
    }

    /// Whether there may be events behind the start already.
    var isBehind: Bool {
        if case .read = self { true } else { false }
    }

    var gap: Gap? {
        switch self {
        case .live(let gap), .read(_, let gap): gap
        case .ahead: nil
        }
    }
}

extension Resume {
    /// Whether the client has had no event, and so has no id to come back with.
    func isFresh(_ lastEventID: String?) -> Bool {
        guard case .live(gap: nil) = self else { return false }
        return lastEventID?.isEmpty ?? true
    }
}

extension StreamStateMachine {
    /// A machine for a stream that begins as `resume` says, on a log whose newest event is `tail`.
    init(_ resume: Resume, _ tail: LoggedEventID, bufferLimit: Int) {
        self.init(
            position: resume.start(tail), isBehind: resume.isBehind, bufferLimit: bufferLimit, head: tail.sequence)
    }
}

extension EventFrame {
    /// `event: sluice.gap`: the page must know that it missed something, and `EventSource` shows it no field of the
    /// response.
    ///
    /// Its `id:` is where the stream goes on, so that the next reconnect does not tell of the same gap again.
    init(_ gap: Gap, resumedAt: LoggedEventID) {
        var json = JSONWriter()
        json.object { members in
            members.string("requested", gap.requested)
            members.string("resumedAt", resumedAt.description)
            members.string("reason", gap.reason.rawValue)
        }
        self.init(id: resumedAt.eventID, event: EventName(literal: "sluice.gap"), data: ByteBuffer(bytes: json.bytes))
    }
}
