// Where each audience's events stand in a log's order, so that a replay costs what it replays and not what is held. It
// knows sequences alone: whoever has it keeps the events.

/// The sequences of the events that are held, by whom they are for.
package struct AudienceIndex: Sendable {
    private var places: [Key: CompactQueue<Position>] = [:]

    /// A single audience: what an event is found under.
    private enum Key: Hashable {
        case user(String)
        case topic(String)
        case everyone
    }

    package init() {}

    /// Notes the newest event.
    package mutating func append(_ sequence: Position, for audience: Audience) {
        Self.forEachKey(of: audience) { places[$0, default: CompactQueue()].append(sequence) }
    }

    /// Forgets the oldest event, which is for this audience.
    package mutating func removeOldest(for audience: Audience) {
        Self.forEachKey(of: audience) { key in
            guard let place = places.index(forKey: key) else { return }
            places.values[place].removeFirst()
            if places.values[place].isEmpty { places.remove(at: place) }
        }
        releaseRoom()
    }

    /// What an interest has to read behind a position.
    package func cursor(after position: Position, for interest: Interest) -> Cursor {
        let keys = [.everyone, .user(interest.user)] + interest.topics.map(Key.topic)
        return Cursor(
            lines: keys.compactMap { key in
                places[key].map { Cursor.Line(sequences: $0, offset: Self.firstOffset(in: $0, above: position)) }
            })
    }

    /// The sequences of an interest, one by one.
    package struct Cursor {
        fileprivate struct Line {
            let sequences: CompactQueue<Position>
            var offset: Int
            var current: Position? { offset < sequences.count ? sequences[offset] : nil }
        }

        fileprivate var lines: [Line]

        /// Takes the lowest. An audience appears under one key of an interest only, so no sequence stands in two lines.
        package mutating func next() -> Position? {
            var lowest: (line: Int, sequence: Position)?
            for (number, line) in lines.enumerated() {
                guard let sequence = line.current, sequence < lowest?.sequence ?? .max else { continue }
                lowest = (number, sequence)
            }
            guard let lowest else { return nil }
            lines[lowest.line].offset += 1
            return lowest.sequence
        }
    }

    private static func firstOffset(in sequences: CompactQueue<Position>, above position: Position) -> Int {
        var range = 0..<sequences.count
        while let first = range.first {
            let middle = first + range.count / 2
            range = sequences[middle] > position ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }

    /// Swift's dictionaries keep the room that they needed once. This one is made anew when most of it is empty, which
    /// costs what is left, and seldom.
    private mutating func releaseRoom() {
        guard places.capacity > Self.leastRoom, places.count < places.capacity / 8 else { return }
        var fewer: [Key: CompactQueue<Position>] = [:]
        fewer.reserveCapacity(2 * places.count)
        for (key, sequences) in places { fewer[key] = sequences }
        places = fewer
    }

    /// Not worth the work above.
    private static let leastRoom = 256

    private static func forEachKey(of audience: Audience, _ body: (Key) -> Void) {
        switch audience {
        case .user(let user): body(.user(user))
        case .users(let users): for user in users { body(.user(user)) }
        case .topic(let topic): body(.topic(topic))
        case .everyone: body(.everyone)
        }
    }
}
