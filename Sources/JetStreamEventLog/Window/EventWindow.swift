// The newest events of the stream, in this node's memory: what nearly all who come back read. A value. The stream's
// sequences have holes here, because it also holds what is nobody's event.

internal import DequeModule
internal import EventLog

/// The events that this node has tailed last, bounded in bytes, with an index by audience.
struct EventWindow: Sendable {
    /// Every event of the log behind this place, and up to what was tailed, is here.
    private(set) var floor: Position
    /// The newest event; the floor when there is none.
    private(set) var head: Position
    /// What the events are counted as, in bytes.
    private(set) var byteCount = 0
    private let byteLimit: Int
    private var entries: Deque<Entry> = []
    private var index = AudienceIndex()

    /// A message's place in the stream: when two have the same sequence and another time, the stream went back.
    struct Mark: Sendable, Equatable {
        let sequence: Position
        /// When the stream's leader took it.
        let storedAt: ServerTime
    }

    private struct Entry: Sendable {
        let event: LoggedEvent
        let storedAt: ServerTime
    }

    /// - Parameters:
    ///   - byteLimit: how much is kept. The newest event always is.
    ///   - place: behind which events will come.
    init(byteLimit: Int, after place: Position) {
        self.byteLimit = byteLimit
        (floor, head) = (place, place)
    }

    /// How many events there are.
    var count: Int { entries.count }

    /// Takes the next event, and lets go of the oldest where there is no room.
    ///
    /// - Precondition: its sequence is above the head.
    mutating func append(_ event: LoggedEvent, storedAt: ServerTime) {
        precondition(event.sequence > head, "The stream gives its messages in order.")
        head = event.sequence
        entries.append(Entry(event: event, storedAt: storedAt))
        byteCount += event.cost
        index.append(event.sequence, for: event.audience)
        while entries.count > 1, byteCount > byteLimit { dropOldest() }
    }

    /// Begins anew: what is here is of another epoch, or there is a hole behind it.
    mutating func restart(after place: Position) {
        self = EventWindow(byteLimit: byteLimit, after: place)
    }

    /// Lets go of what the stream holds no longer.
    mutating func drop(through place: Position) {
        while let first = entries.first, first.event.sequence <= place { dropOldest() }
    }

    private mutating func dropOldest() {
        guard let oldest = entries.popFirst()?.event else { return }
        floor = oldest.sequence
        byteCount -= oldest.cost
        index.removeOldest(for: oldest.audience)
    }

    /// The marks of the events between two places, the oldest first. Many: for the seldom case.
    func marks(above place: Position, upTo last: Position) -> [Mark] {
        let range = min(firstIndex(above: place), firstIndex(above: last))..<firstIndex(above: last)
        return entries[range].map { Mark(sequence: $0.event.sequence, storedAt: $0.storedAt) }
    }

    /// The marks of what is known between two places: the newest messages, which may be no events, and the events
    /// before them.
    func marks(above place: Position, upTo last: Position, with recent: RecentPlaces) -> [Mark] {
        // What came behind a message that was lost is of the stream as it is now.
        let last = min(last, recent.lost?.sequence ?? last)
        let older = marks(above: place, upTo: min(last, recent.marks.first.map { $0.sequence - 1 } ?? last))
        let known = older + recent.marks.filter { $0.sequence > place && $0.sequence <= last }
        guard let lost = recent.lost, lost.sequence > place, lost.sequence == last, known.last != lost else {
            return known
        }
        return known.filter { $0.sequence < lost.sequence } + [lost]
    }

    /// Reads on behind `position`: see ``EventLog/read(after:for:byteLimit:completion:)``.
    ///
    /// - Precondition: `position` is not below the floor.
    func read(after position: Position, for interest: Interest, byteLimit: Int, now: WallTime) -> ReplayStep {
        var step = ReplayStep(start: min(position, head), position: min(position, head), reachedHead: false)
        var cursor = index.cursor(after: step.start, for: interest)
        var (bytes, looks) = (0, 0)
        while bytes < byteLimit, looks < ReplayStep.lookLimit {
            looks += 1
            guard let sequence = cursor.next() else {
                (step.position, step.reachedHead) = (head, true)
                break
            }
            step.position = sequence
            guard let event = event(at: sequence), event.expiresAt.map({ now < $0 }) ?? true else { continue }
            bytes += event.frame.byteCount
            step.events.append(event)
        }
        return step
    }

    /// When the oldest event behind a place was stored; nothing when there is none, or when there may be older ones
    /// elsewhere.
    func oldest(above place: Position) -> ServerTime? {
        guard floor <= place else { return nil }
        let index = firstIndex(above: place)
        return index < entries.count ? entries[index].storedAt : nil
    }

    private func event(at sequence: Position) -> LoggedEvent? {
        let index = firstIndex(above: sequence) - 1
        guard index >= 0, entries[index].event.sequence == sequence else { return nil }
        return entries[index].event
    }

    private func firstIndex(above sequence: Position) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].event.sequence > sequence { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
