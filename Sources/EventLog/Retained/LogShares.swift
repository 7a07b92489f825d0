// Whose events a log holds, and whom it stops from pushing out the new events of others: a value for every engine, told
// the time. It holds no events; what goes when is the engine's matter.

/// How much of a log something takes up.
package struct LogWeight: BitwiseCopyable, Sendable, Equatable {
    package var events: Int
    /// Each event at its ``LoggedEvent/cost``.
    package var bytes: Int

    package init(events: Int = 0, bytes: Int = 0) { (self.events, self.bytes) = (events, bytes) }

    package static func + (left: LogWeight, right: LogWeight) -> LogWeight {
        LogWeight(events: left.events + right.events, bytes: left.bytes + right.bytes)
    }

    package static func - (left: LogWeight, right: LogWeight) -> LogWeight {
        LogWeight(events: left.events - right.events, bytes: left.bytes - right.bytes)
    }
}

/// A publisher's number in one log, as long as it has events there.
package struct LogPublisher: BitwiseCopyable, Sendable, Hashable {
    package let number: Int32

    package init(number: Int32) { self.number = number }

    /// Of events that have no publisher: nobody is stopped for them, and they stop nobody.
    package static let nobody = LogPublisher(number: -1)
    /// All those who came when the table of publishers was full: they count as one.
    package static let others = LogPublisher(number: 0)
}

/// An event that a log holds, as far as shares ask.
package struct HeldEvent: Sendable {
    package var sequence: Position
    package var publisher: LogPublisher
    /// Its ``LoggedEvent/cost``.
    package var bytes: Int
    package var appendedAt: WallTime
    package var expiresAt: WallTime?

    package init(
        sequence: Position, publisher: LogPublisher, bytes: Int, appendedAt: WallTime, expiresAt: WallTime? = nil
    ) {
        self.sequence = sequence
        self.publisher = publisher
        self.bytes = bytes
        self.appendedAt = appendedAt
        self.expiresAt = expiresAt
    }
}

/// The shares that publishers have of a log's retention, so that one who writes much does not push out what others
/// wrote just now.
///
/// An *even share* is the log's size (``LogSettings/bytes``, ``LogSettings/events``, whichever is more) by the number
/// of publishers that have events in it. Who has no more than half of one may always append. Who has more may, unless
/// an event of another stands in its way:
///
/// * with the new batch it would stand in the older half of the log's size;
/// * it is younger than ``LogSettings/shareSeconds``, and can still be replayed;
/// * its publisher has no more than half of an even share, and less than half as much as the one who appends.
///
/// So an event of a publisher with a quarter of an even share stays for that time, whatever the others do: those who
/// are stopped leave half of the log, and those who are not have no more than that together. (Publishers that come
/// anew make shares smaller; several that come one after another may have more than half together.) A publisher alone
/// is never stopped, nor are publishers of which none has more than twice what another has.
package struct LogShares: Sendable {
    /// How many publishers are told from one another. With more, half of a share of a small log is less than an event.
    package static let capacity = 16_384
    /// What the table of publishers can take up, in bytes: for each its place, its number by name, and its name.
    package static let mostBytes = capacity * 512
    /// How much one batch has looked at, beside four looks for each of its own events: a batch behind that goes in, and
    /// the next one has the looking go on. An event is a look, and each 4 KiB of it another: a file from before format
    /// 6 reads through its data.
    private static let mostLooks = 4096

    private struct Holder: Sendable {
        var name: String?
        var weight = LogWeight()
    }

    private var holders = [Holder()]
    private var numbers: [String: Int32] = [:]
    private var unused: [Int32] = []
    /// Who has appended last.
    private var recent = LogPublisher.nobody
    private let capacity: Int
    private let limit: LogWeight
    private let seconds: Int64

    /// How many publishers have events, and what these weigh together.
    package private(set) var count = 0
    private var held = LogWeight()
    /// What was older than the events behind this place could go when it was looked at. It is passed on when a
    /// publisher with much appends, and these events weigh more than half of the log.
    private var mark: Position
    private var behindMark: LogWeight
    private var head: Position

    /// - Parameters:
    ///   - floor: the position before the oldest event that is held already and may be in somebody's way.
    ///   - head: the newest event's.
    ///   - weight: of the events behind `floor`, whosever they are.
    package init(
        _ settings: LogSettings, floor: Position = 0, head: Position = 0, weight: LogWeight = LogWeight(),
        capacity: Int = LogShares.capacity
    ) {
        limit = LogWeight(events: max(1, settings.events), bytes: max(1, settings.bytes))
        seconds = min(settings.shareSeconds, settings.seconds)
        self.capacity = capacity
        (mark, behindMark, self.head) = (floor, weight, head)
    }

    /// Puts in a publisher as it was found in a file. Each has another number; in their order it costs least.
    package mutating func restore(_ publisher: LogPublisher, name: String?, weight: LogWeight) {
        let number = Int(publisher.number)
        while holders.count < number {
            unused.append(Int32(holders.count))
            holders.append(Holder())
        }
        if number == holders.count {
            holders.append(Holder())
        } else {
            unused.removeAll { $0 == publisher.number }
        }
        holders[number] = Holder(name: name, weight: weight)
        if let name, publisher != .others { numbers[name] = publisher.number }
        held = held + weight
        if weight.events > 0 { count += 1 }
    }

    // MARK: Whether a batch may go in

    /// What keeps a batch out.
    ///
    /// - Parameters:
    ///   - name: the publisher's; without one nothing keeps the batch out.
    ///   - next: gives the oldest event behind a position.
    /// - Returns: nothing when it may go in; else when the event that is in its way will not be any more.
    package mutating func obstacle<Failure: Error>(
        to batch: LogWeight, by name: String?, now: WallTime, next: (Position) throws(Failure) -> HeldEvent?
    ) throws(Failure) -> WallTime? {
        guard seconds > 0, let name else { return nil }
        let appender = known(name)
        let own = appender.map { holders[Int($0.number)].weight } ?? LogWeight()
        let publishers = count + (own.events == 0 ? 1 : 0)
        let (part, fair) = (fraction(own + batch), 0.5 / Double(publishers))
        guard publishers > 1, part > fair else { return nil }
        var looks = Self.mostLooks + 4 * batch.events
        while fraction(behindMark + batch) > 0.5, looks > 0, let event = try next(mark) {
            looks -= 1 + event.bytes / 4096
            let most = min(fair, part / 2)
            if event.publisher != appender, let end = end(of: event, now), fraction(of: event.publisher) <= most {
                return end
            }
            pass(event.sequence, event.bytes)
        }
        return nil
    }

    /// The part of the log that something takes up: of its bytes or of its events, whichever is more.
    private func fraction(_ weight: LogWeight) -> Double {
        max(Double(weight.bytes) / Double(limit.bytes), Double(weight.events) / Double(limit.events))
    }

    private func fraction(of publisher: LogPublisher) -> Double {
        weight(of: publisher).map(fraction) ?? .infinity
    }

    /// Until when an event may be in somebody's way; nothing when it is not. No longer from now than the setting says,
    /// even if the clock was set back.
    private func end(of event: HeldEvent, _ now: WallTime) -> WallTime? {
        let end = min(event.appendedAt.adding(seconds: seconds), now.adding(seconds: seconds))
        let last = min(end, event.expiresAt ?? end)
        return now < last ? last : nil
    }

    private mutating func pass(_ sequence: Position, _ bytes: Int) {
        mark = sequence
        behindMark = behindMark - LogWeight(events: 1, bytes: bytes)
    }

    // MARK: Counting

    /// The number to count a publisher's next events under: at least one has to be counted in then.
    package mutating func publisher(named name: String?) -> LogPublisher {
        guard let name else { return .nobody }
        if let known = known(name) {
            if known != .others { recent = known }
            return known
        }
        let number = unused.popLast() ?? Int32(holders.count)
        if Int(number) == holders.count { holders.append(Holder()) }
        holders[Int(number)].name = name
        numbers[name] = number
        return LogPublisher(number: number)
    }

    /// Nothing for one that has no events here, and for which there is room.
    private func known(_ name: String) -> LogPublisher? {
        if let recent = known(recent, as: name) { return recent }
        if let number = numbers[name] { return LogPublisher(number: number) }
        return numbers.count < capacity ? nil : .others
    }

    /// The same publisher, if that is its name: one that comes again and again is not looked for each time.
    private func known(_ publisher: LogPublisher, as name: String) -> LogPublisher? {
        let index = Int(publisher.number)
        return holders.indices.contains(index) && holders[index].name == name ? publisher : nil
    }

    /// Counts the newest event in.
    package mutating func insert(_ sequence: Position, bytes: Int, by publisher: LogPublisher) {
        let weight = LogWeight(events: 1, bytes: bytes)
        if publisher != .nobody {
            let index = Int(publisher.number)
            if holders[index].weight.events == 0 { begin(sequence) }
            holders[index].weight = holders[index].weight + weight
            held = held + weight
        }
        behindMark = behindMark + weight
        head = sequence
    }

    /// Another publisher has events from here on. While there was only one, and it had more than anybody's share, there
    /// was nothing to look at.
    private mutating func begin(_ sequence: Position) {
        if count == 1, fraction(held) > 0.5 { (mark, behindMark) = (head, LogWeight()) }
        count += 1
    }

    /// Counts out an event that the log lets go of, the oldest first.
    package mutating func remove(_ sequence: Position, bytes: Int, of publisher: LogPublisher) {
        if sequence > mark { pass(sequence, bytes) }
        guard weight(of: publisher) != nil else { return }
        let (index, weight) = (Int(publisher.number), LogWeight(events: 1, bytes: bytes))
        holders[index].weight = holders[index].weight - weight
        held = held - weight
        guard holders[index].weight.events == 0 else { return }
        count -= 1
        guard publisher != .others else { return }
        if let name = holders[index].name { numbers[name] = nil }
        holders[index] = Holder()
        unused.append(publisher.number)
    }

    /// What a publisher has; nothing for one that has no events.
    package func weight(of publisher: LogPublisher) -> LogWeight? {
        guard holders.indices.contains(Int(publisher.number)) else { return nil }
        let weight = holders[Int(publisher.number)].weight
        return weight.events > 0 ? weight : nil
    }

    /// What a publisher is called; nothing for ``LogPublisher/others``.
    package func name(of publisher: LogPublisher) -> String? { holders[Int(publisher.number)].name }
}
