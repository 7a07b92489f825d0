// The newest messages of a stream that a tail has had, whatever they were: by them it sees that the stream holds others
// in their places. A value.

internal import DequeModule
internal import EventLog

/// The marks of a tail's newest messages, bounded in number.
struct RecentPlaces: Sendable, Equatable {
    /// How many are kept.
    static let limit = 64

    /// In the order of the stream.
    private(set) var marks: Deque<EventWindow.Mark> = []
    /// A message that the tail has had, and that is not in the stream: another is in its place.
    private(set) var lost: EventWindow.Mark?
    /// Whether the newest one was empty: somebody's trial of the stream, which is nothing to anybody.
    private var endsEmpty = false

    var newest: EventWindow.Mark? { marks.last }

    /// Of empty messages that follow each other the newest counts alone. They come every few seconds while nothing else
    /// does, and would push out what was there before.
    ///
    /// - Precondition: it is the newest.
    mutating func add(_ message: ConsumerPlace, isEmpty: Bool = false) {
        if isEmpty, endsEmpty { marks.removeLast() }
        endsEmpty = isEmpty
        if marks.count == Self.limit { marks.removeFirst() }
        marks.append(EventWindow.Mark(sequence: message.sequence, storedAt: message.storedAt))
    }

    /// Compares a message that has come again.
    ///
    /// - Returns: whether it is the one that came before.
    mutating func compare(_ message: ConsumerPlace) -> Bool {
        guard let mark = marks.first(where: { $0.sequence == message.sequence }),
            mark.storedAt != message.storedAt
        else { return true }
        lose(mark)
        return false
    }

    /// Another message is in a place.
    mutating func lose(_ mark: EventWindow.Mark) {
        if mark.sequence < lost?.sequence ?? .max { lost = mark }
    }

    /// What was lost has been looked into.
    mutating func settle(_ lost: EventWindow.Mark?) {
        if self.lost == lost { self.lost = nil }
    }

    /// Forgets what stands behind a place.
    mutating func drop(above place: Position) {
        while let last = marks.last, last.sequence > place {
            marks.removeLast()
            endsEmpty = false
        }
        lost = nil
    }
}
