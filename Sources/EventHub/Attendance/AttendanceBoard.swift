// Guards `AttendanceBook`: a shard holds its lock for a moment, at most once in each of its ticks.

internal import NIOCore
internal import Synchronization

/// Who is in which topic, for all shards.
final class AttendanceBoard: Sendable {
    private let book: Mutex<AttendanceBook>
    let places: Int
    /// What the book and the tables of all shards take up.
    private let bytesInUse = Atomic(0)
    private let vacant = Atomic(0)
    /// What the book takes up for other nodes' users, about: they have room of their own.
    private let bytesElsewhere = Atomic(0)
    private let isShared: Bool

    /// - Parameters:
    ///   - places: how many shards there are.
    ///   - isShared: whether there are other nodes.
    ///   - now: when the hub starts.
    init(_ settings: PresenceSettings, places: Int, isShared: Bool, now: NIODeadline) {
        (self.places, self.isShared) = (places, isShared)
        book = Mutex(
            AttendanceBook(
                settings, generation: Self.firstGeneration, places: places, isShared: isShared, now: now))
    }

    static let firstGeneration: UInt32 = 1

    /// A shard looks in.
    ///
    /// - Parameter generation: of the settings that it goes by.
    /// - Returns: nothing when others are in force by now.
    func exchange(
        _ report: AttendanceReport, at place: Int, _ generation: UInt32, now: NIODeadline
    ) -> AttendanceAnswer? {
        change { book in
            guard book.generation == generation else { return nil }
            return book.exchange(report, at: place, now: now)
        }
    }

    /// Puts other settings in force. All begins anew then, and each shard says again who is there.
    ///
    /// - Returns: what the shards go by from here on.
    func adopt(_ settings: PresenceSettings, now: NIODeadline) -> UInt32 {
        change { book in
            guard book.settings != settings else { return book.generation }
            book = AttendanceBook(
                settings, generation: book.generation &+ 1, places: places, isShared: isShared, now: now)
            return book.generation
        }
    }

    // MARK: Other nodes

    /// Of the settings in force: what was said under others has to be said again.
    var generation: UInt32 { book.withLock { $0.generation } }

    /// See ``AttendanceBook/takeChanges(limit:)``.
    func takeChanges(limit: Int) -> AttendanceNotes {
        book.withLock { book in
            AttendanceNotes(
                generation: book.generation, changes: book.takeChanges(limit: limit),
                hidesUsers: book.settings.isOn ? book.uncountedStreams > 0 : nil)
        }
    }

    /// Other nodes have said who has come and gone; nobody hears what is meant for other settings.
    func hear(_ changes: some Sequence<AttendanceChange>, _ words: WordsElsewhere, now: NIODeadline) {
        bytesElsewhere.store(words.bytes, ordering: .relaxed)
        change { book in
            guard book.generation == words.generation, book.settings.isOn else { return }
            book.hear(changes, isIncomplete: words.isIncomplete, now: now)
        }
    }

    // MARK: Room

    private func change<Result: Sendable>(_ body: (inout AttendanceBook) -> Result) -> Result {
        book.withLock { book in
            let before = book.bytes
            let result = body(&book)
            add(book.bytes - before)
            vacant.store(book.vacantTopics, ordering: .relaxed)
            return result
        }
    }

    /// Whether there are topics whose last users have left, and that have to be forgotten in time.
    var hasVacantTopics: Bool { vacant.load(ordering: .relaxed) > 0 }

    /// Counts what a shard's table has grown by.
    func add(_ bytes: Int) {
        if bytes != 0 { bytesInUse.add(bytes, ordering: .relaxed) }
    }

    /// Counts so much more, if there is room for it.
    func take(_ bytes: Int, of limit: Int) -> Bool {
        guard bytes > 0 else { return true }
        let limit = limit + bytesElsewhere.load(ordering: .relaxed)
        if bytesInUse.add(bytes, ordering: .relaxed).newValue <= limit { return true }
        add(-bytes)
        return false
    }

    /// What it comes to now.
    var tally: AttendanceTally {
        book.withLock { book in
            AttendanceTally(
                topics: book.topicCount, bytes: bytesInUse.load(ordering: .relaxed),
                uncountedStreams: book.uncountedStreams)
        }
    }
}

/// What is kept of who is in which topic.
package struct AttendanceTally: Sendable, Equatable {
    /// How many topics have somebody in them.
    package let topics: Int
    /// What all of it takes up.
    package let bytes: Int
    /// How many streams are not counted, because there is no room.
    package let uncountedStreams: Int
}
