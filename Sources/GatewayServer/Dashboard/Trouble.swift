// What is wrong now, since when, and what was wrong a while ago. A value; `TroubleFinder` says what is wrong.

internal import DequeModule
internal import EventLog

/// Something that an operator should look at.
struct Trouble: Sendable, Equatable {
    enum Weight: Int, Sendable, Comparable {
        /// Worth a look.
        case odd
        /// Somebody does not get what they should.
        case broken

        static func < (one: Weight, other: Weight) -> Bool { one.rawValue < other.rawValue }
    }

    /// Which one: words may change while it lasts.
    let key: String
    let weight: Weight
    /// A sentence without its full stop.
    let words: String
    /// The runbook's section, as its anchor.
    var section: String?
}

/// Remembers since when each trouble has been there.
struct TroubleBook: Sendable {
    struct Entry: Sendable, Equatable {
        var trouble: Trouble
        let since: WallTime
        /// When it was over; nil while it lasts.
        var until: WallTime?
    }

    /// How many troubles that are over are remembered.
    static let mostPast = 32

    /// What is wrong now, the heaviest first, then the oldest.
    private(set) var present: [Entry] = []
    /// What is over, the latest first.
    private(set) var past: Deque<Entry> = []

    /// Takes what is wrong now.
    mutating func look(_ found: [Trouble], at time: WallTime) {
        let earlier = Dictionary(present.map { ($0.trouble.key, $0.since) }, uniquingKeysWith: { first, _ in first })
        for var entry in present where !found.contains(where: { $0.key == entry.trouble.key }) {
            entry.until = time
            past.prepend(entry)
        }
        while past.count > Self.mostPast { past.removeLast() }
        present = found.map { Entry(trouble: $0, since: earlier[$0.key] ?? time) }
            .sorted { ($1.trouble.weight, $0.since) < ($0.trouble.weight, $1.since) }
    }
}
