// Until when the handshakes of an event loop have to be complete, when thousands begin at once. A value that knows no
// clock and no TLS: its owner has the timer.

internal import NIOCore

/// Deadlines in the order in which they pass. All handshakes may take equally long, so a new one's deadline is the
/// last, and one timer is enough for all of them. A timer each would be put among the event loop's tasks, and searched
/// for there.
struct HandshakeDeadlines<Owner> {
    private var places = CircularBuffer<(deadline: NIODeadline, owner: Owner?)>()
    /// How many places have left the queue at its front.
    private var leftCount = 0
    /// When the owner's timer comes, if there is one. It stays when all handshakes that it was for are complete.
    private var timer: NIODeadline?

    /// Takes a place.
    ///
    /// - Returns: its number; nil when another has to wait for longer or the timer comes later, so that this one would
    ///   not be in its order.
    mutating func append(_ owner: Owner, until deadline: NIODeadline) -> Int? {
        // No place is before the timer, so the last one isn't either.
        if let earliest = places.last?.deadline ?? timer, deadline < earliest { return nil }
        places.append((deadline, owner))
        return leftCount + places.count - 1
    }

    /// Gives a place back.
    mutating func remove(_ number: Int) {
        guard case let offset = number - leftCount, places.indices.count > offset, offset >= 0 else { return }
        places[places.index(places.startIndex, offsetBy: offset)].owner = nil
        dropEmpty()
    }

    /// When the first deadline passes.
    var first: NIODeadline? { places.first?.deadline }

    /// When a timer has to come that the owner has to set now; nil when it has one, or needs none.
    mutating func neededTimer() -> NIODeadline? {
        guard timer == nil else { return nil }
        timer = first
        return timer
    }

    /// The timer has come.
    mutating func timerCame() { timer = nil }

    /// Takes one whose deadline has passed.
    mutating func takePassed(at now: NIODeadline) -> Owner? {
        guard let place = places.first, place.deadline <= now else { return nil }
        places.removeFirst()
        leftCount += 1
        dropEmpty()
        return place.owner
    }

    // The first place is always somebody's.
    private mutating func dropEmpty() {
        while let place = places.first, place.owner == nil {
            places.removeFirst()
            leftCount += 1
        }
    }
}
