// What one request of an HTTP/2 connection does next, as a value: its body bounded, everything with a deadline. Simpler
// than HTTP/1.1's: requests do not wait for each other, and a refused one costs its stream and no connection.

internal import NIOCore

/// A server's side of one request.
struct HTTP2RequestStateMachine: Sendable {
    private enum State {
        case judging
        /// It is to be judged anew, later. `isWhole`: nothing of it is still to come.
        case postponed(isWhole: Bool)
        /// The body comes in, up to a limit.
        case collecting(received: Int, limit: Int)
        /// The request is here, its answer is not.
        case answering
        case streaming
        /// The response is complete; the client has to take it.
        case ended
        /// The client has its response and still sends its request, which is thrown away.
        case lingering
    }

    private var state = State.judging
    /// When ``timedOut()`` is due.
    private(set) var deadline: NIODeadline?

    init() {}

    /// The request is to be judged anew when ``resumes()`` says so, at `deadline` at the latest.
    mutating func postpones(isWhole: Bool, until deadline: NIODeadline) {
        guard case .judging = state else { return }
        state = .postponed(isWhole: isWhole)
        self.deadline = deadline
    }

    /// What the request has waited for is here.
    ///
    /// - Returns: whether nothing of it is still to come; nothing when it does not wait any more.
    mutating func resumes() -> Bool? {
        guard case .postponed(let isWhole) = state else { return nil }
        state = .judging
        deadline = nil
        return isWhole
    }

    /// The request has its body read.
    ///
    /// - Parameter received: how many bytes of it have come while it waited.
    mutating func collects(limit: Int, received: Int = 0, until deadline: NIODeadline) {
        guard case .judging = state else { return }
        state = .collecting(received: received, limit: limit)
        self.deadline = deadline
    }

    /// What to do with a piece of a body.
    enum BodyAction: Equatable {
        case append
        /// As ``append``, and let the client send no more: nobody has asked for it yet.
        case keep
        case discard
        /// Over the limit: refuse the request, by way of ``answers(until:)``.
        case refuse
    }

    mutating func receivedBody(byteCount: Int) -> BodyAction {
        if case .postponed = state { return .keep }
        guard case .collecting(let received, let limit) = state else { return .discard }
        guard received + byteCount <= limit else { return .refuse }
        state = .collecting(received: received + byteCount, limit: limit)
        return .append
    }

    /// The body is complete. True: respond to it.
    mutating func receivedEnd() -> Bool {
        if case .postponed = state { state = .postponed(isWhole: true) }
        guard case .collecting = state else { return false }
        state = .answering
        deadline = nil
        return true
    }

    /// The request becomes a stream.
    mutating func streams() { state = .streaming }

    /// The response is complete, be it an answer or a stream that ends. True: send it. The client has until `deadline`
    /// to take it: one that opens no window for it would have it kept for good.
    mutating func answers(until deadline: NIODeadline) -> Bool {
        switch state {
        case .ended, .lingering: return false
        case .judging, .postponed, .collecting, .answering, .streaming: break
        }
        state = .ended
        self.deadline = deadline
        return true
    }

    /// The response has been sent before the request was complete. A client that is told at once that the rest is not
    /// wanted (RFC 9113 §8.1) may take that for a failure and not look at its response: it gets until `deadline` to
    /// finish.
    mutating func lingers(until deadline: NIODeadline) {
        guard case .ended = state else { return }
        state = .lingering
        self.deadline = deadline
    }

    /// Whether what the client sends is credited although it is thrown away.
    var letsFinish: Bool {
        switch state {
        case .ended, .lingering: true
        case .judging, .postponed, .collecting, .answering, .streaming: false
        }
    }

    /// Whether the request is whole, and its response not sent yet as far as is known here.
    var isOwed: Bool {
        switch state {
        case .answering, .ended: true
        case .postponed(let isWhole): isWhole
        case .judging, .collecting, .streaming, .lingering: false
        }
    }

    /// What to do when the deadline has passed.
    enum TimeoutAction: Equatable {
        /// The body did not come in time: say so.
        case refuse
        /// The response was not taken in time: end the stream.
        case reset
        /// The request has waited for long enough: judge it, by way of ``resumes()``.
        case judgeAnew
        /// The response was taken, and the request did not end: say that its rest is not needed.
        case stop
        case nothing
    }

    mutating func timedOut() -> TimeoutAction {
        deadline = nil
        switch state {
        case .collecting: return .refuse
        case .ended: return .reset
        case .lingering: return .stop
        case .postponed: return .judgeAnew
        case .judging, .answering, .streaming: return .nothing
        }
    }
}
