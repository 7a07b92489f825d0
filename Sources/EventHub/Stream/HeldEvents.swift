// The events that one stream holds back while its socket takes none, and what they take up. No limit of its own: the
// stream's state machine decides what is held.

internal import DequeModule
internal import EventLog

/// A queue of events, oldest first.
struct HeldEvents {
    /// An event that waits for room.
    struct Element {
        let sequence: Position
        let frame: EventFrame
    }

    private var events: Deque<Element> = []
    /// For how many events the queue has grown: it keeps that room until it is empty.
    private var places = 0

    /// As many places are kept by an empty queue: a few hundred bytes.
    private static let keptPlaces = 8

    mutating func append(_ frame: EventFrame, _ sequence: Position) {
        events.append(Element(sequence: sequence, frame: frame))
        places = max(places, events.count)
    }

    mutating func popFirst() -> Element? {
        let first = events.popFirst()
        // A stream with room in its socket is in no account: it must not keep the room of its worst time.
        if events.isEmpty {
            if places > Self.keptPlaces { events = [] }
            places = 0
        }
        return first
    }

    mutating func removeAll() {
        events = []
        places = 0
    }

    /// The room of places that were emptied: beside what each event that is here counts for.
    var emptyBytes: Int { (places - events.count) * EventCost.place }
}
