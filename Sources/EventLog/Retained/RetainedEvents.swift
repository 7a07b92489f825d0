// What the memory log holds and where to find it: a value, so that retention and replay are tested without a hub.

internal import DequeModule

/// The newest events, bounded in bytes, count and age, with an index by audience: replay costs what it replays, not
/// what is held.
package struct RetainedEvents {
    /// The sequence of the newest event ever appended; 0 before the first.
    package private(set) var head: Position = 0
    /// What the events held are counted as, in bytes.
    package private(set) var byteCount = 0
    private let settings: LogSettings
    private var events: Deque<Entry> = []
    /// The most events that there have been since `events` was made: the room that it has.
    private var room = 0
    private var index = AudienceIndex()
    private var shares: LogShares

    private struct Entry {
        let event: LoggedEvent
        let appendedAt: WallTime
        let publisher: LogPublisher

        var held: HeldEvent {
            HeldEvent(
                sequence: event.sequence, publisher: publisher, bytes: event.cost, appendedAt: appendedAt,
                expiresAt: event.expiresAt)
        }
    }

    /// - Parameters:
    ///   - settings: how much is kept.
    ///   - head: the newest event of what was before, which is not here.
    package init(_ settings: LogSettings, head: Position = 0) {
        self.settings = settings
        self.head = head
        shares = LogShares(settings, floor: head, head: head)
    }

    /// The position before the oldest event held: what can still be continued from.
    package var floor: Position { head - Position(events.count) }

    package var extent: LogExtent { LogExtent(floor: floor, head: head, byteCount: byteCount) }

    /// When the oldest event held was appended.
    package var oldestAt: WallTime? { events.first?.appendedAt }

    /// Whether a publisher may append so much now: see ``LogShares``.
    ///
    /// - Throws: ``EventLogError/Code/shareFull``.
    package mutating func admit(_ batch: LogWeight, by publisher: String?, at now: WallTime) throws(EventLogError) {
        let (events, floor) = (events, floor)
        let end = shares.obstacle(to: batch, by: publisher, now: now) { position -> HeldEvent? in
            let offset = Int(max(position, floor) - floor)
            return offset < events.count ? events[offset].held : nil
        }
        if let end { throw .shareFull(until: end, now: now) }
    }

    /// The number to append a publisher's events under: one has to follow.
    package mutating func publisher(named name: String?) -> LogPublisher { shares.publisher(named: name) }

    /// Takes the next event and lets go of the oldest ones where a limit asks for it. The newest always stays.
    ///
    /// - Parameters:
    ///   - publisher: whose share it counts for.
    ///   - now: when the event was appended.
    /// - Precondition: `event.sequence` is `head + 1`.
    package mutating func append(_ event: LoggedEvent, by publisher: LogPublisher = .nobody, at now: WallTime) {
        precondition(event.sequence == head + 1, "The log gives out sequences without a hole.")
        head = event.sequence
        events.append(Entry(event: event, appendedAt: now, publisher: publisher))
        shares.insert(event.sequence, bytes: event.cost, by: publisher)
        room = max(room, events.count)
        byteCount += event.cost
        index.append(event.sequence, for: event.audience)
        while events.count > 1, byteCount > settings.bytes || events.count > settings.events { dropOldest() }
        dropAged(now)
    }

    /// Lets go of what has been held for too long: also for a log that gets no new events.
    package mutating func dropAged(_ now: WallTime) {
        while events.count > 1, let oldest = events.first,
            oldest.appendedAt.adding(seconds: settings.seconds) <= now
        { dropOldest() }
    }

    /// Reads on behind `position`: see ``EventLog/read(after:for:byteLimit:completion:)``.
    package func read(
        after position: Position, for interest: Interest, byteLimit: Int, now: WallTime
    ) -> ReplayStep {
        let start = min(max(position, floor), head)
        var step = ReplayStep(start: start, position: start, reachedHead: false)
        var cursor = index.cursor(after: start, for: interest)
        var (bytes, looks) = (0, 0)
        while bytes < byteLimit, looks < ReplayStep.lookLimit {
            looks += 1
            guard let sequence = cursor.next() else {
                step.position = head
                step.reachedHead = true
                break
            }
            step.position = sequence
            guard let event = event(at: sequence), event.expiresAt.map({ now < $0 }) ?? true else { continue }
            bytes += event.frame.byteCount
            step.events.append(event)
        }
        return step
    }

    private func event(at sequence: Position) -> LoggedEvent? {
        guard sequence > floor, sequence <= head else { return nil }
        return events[Int(sequence - floor) - 1].event
    }

    private mutating func dropOldest() {
        guard let entry = events.popFirst() else { return }
        let oldest = entry.event
        byteCount -= oldest.cost
        shares.remove(oldest.sequence, bytes: oldest.cost, of: entry.publisher)
        index.removeOldest(for: oldest.audience)
        releaseRoom()
    }

    /// Swift's collections keep the room that they needed once. This one is made anew when most of it is empty, which
    /// costs what is left of it, and seldom.
    private mutating func releaseRoom() {
        guard room > Self.leastRoom, events.count < room / 4 else { return }
        var fewer = Deque<Entry>(minimumCapacity: 2 * events.count)
        fewer.append(contentsOf: events)
        (events, room) = (fewer, 2 * events.count)
    }

    /// Not worth the work above.
    private static let leastRoom = 256
}
