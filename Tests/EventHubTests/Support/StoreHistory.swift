import EventLog
import EventLogPromises

/// All that a store ever held, by epoch, whatever it has let go of since: what tests compare with.
struct StoreHistory {
    struct Entry {
        let event: NewEvent
        /// Under its epoch's name.
        let logged: LoggedEvent
        let appendedAt: WallTime
        var publisher: String?
    }

    private struct Chapter {
        let epoch: Epoch
        /// How much of the epoch before it goes on from.
        let kept: Position
        /// By sequence, what was kept included.
        var entries: [Entry]
    }

    private var chapters: [Chapter]

    init(_ epoch: Epoch) { chapters = [Chapter(epoch: epoch, kept: 0, entries: [])] }

    var epoch: Epoch { chapters[chapters.count - 1].epoch }
    var head: Position { Position(entries.count) }
    /// Of today's epoch.
    var entries: [Entry] { chapters[chapters.count - 1].entries }

    /// Gives an event its place.
    mutating func append(_ event: NewEvent, by publisher: String? = nil, now: WallTime) -> LoggedEvent {
        let logged = LoggedEvent(event, epoch: epoch, sequence: head + 1, now: now)
        chapters[chapters.count - 1].entries.append(
            Entry(event: event, logged: logged, appendedAt: now, publisher: publisher))
        return logged
    }

    /// Begins an epoch that goes on from what is left of the one before.
    mutating func begin(_ epoch: Epoch, keeping kept: Position) {
        let entries = entries.prefix(Int(kept)).map { entry in
            let id = LoggedEventID(epoch: epoch, sequence: entry.logged.sequence)
            let logged = LoggedEvent(
                sequence: id.sequence, audience: entry.event.audience, frame: EventFrame(entry.event, id: id),
                expiresAt: entry.logged.expiresAt)
            return Entry(
                event: entry.event, logged: logged, appendedAt: entry.appendedAt, publisher: entry.publisher)
        }
        chapters.append(Chapter(epoch: epoch, kept: kept, entries: entries))
    }

    /// The newest event of an epoch; nothing for one that never was.
    func head(of epoch: Epoch) -> Position? { chapter(epoch).map { Position(chapters[$0].entries.count) } }

    /// Where an earlier epoch ended, as `later` knows it; nothing when that one has nothing of it.
    func end(of earlier: Epoch, in later: Epoch) -> Position? {
        guard let first = chapter(earlier), let last = chapter(later), first < last else { return nil }
        let end = chapters[first + 1...last].map(\.kept).min() ?? 0
        return end == 0 ? nil : end
    }

    /// Whether `epoch` came before `later`, or never was.
    func isOld(_ epoch: Epoch, in later: Epoch) -> Bool {
        guard let first = chapter(epoch), let last = chapter(later) else { return true }
        return first < last
    }

    func entry(_ id: LoggedEventID) -> Entry? {
        guard let chapter = chapter(id.epoch), id.sequence > 0, id.sequence <= chapters[chapter].entries.count else {
            return nil
        }
        return chapters[chapter].entries[Int(id.sequence) - 1]
    }

    /// The first event of an epoch for `interest` behind `start` and up to `end` that has not expired: what nobody may
    /// leave out.
    func firstDue(
        in epoch: Epoch, after start: Position, upTo end: Position, for interest: Interest, now: WallTime
    ) -> Position? {
        guard let chapter = chapter(epoch) else { return nil }
        let end = min(end, Position(chapters[chapter].entries.count))
        guard start < end else { return nil }
        return chapters[chapter].entries[Int(start)..<Int(end)].first { entry in
            interest.includes(entry.event.audience) && entry.logged.expiresAt.map { now < $0 } ?? true
        }?.logged.sequence
    }

    private func chapter(_ epoch: Epoch) -> Int? { chapters.lastIndex { $0.epoch == epoch } }
}
