// What an HTTP/1.1 connection does next, as a value: one request at a time, its body bounded, everything with a
// deadline.

package import NIOCore

/// The times that a connection is given.
package struct ConnectionTimes: Sendable, Equatable {
    /// From the connection's start to the end of its first request's head.
    package var head: TimeAmount
    /// From a request's head until the end of its body.
    package var body: TimeAmount
    /// From an answer's end to the end of the next request's head.
    package var idle: TimeAmount
    /// How long the gateway reads on and throws away what a refused client still sends, so that it can read its answer
    /// (RFC 9112 §9.6).
    package var linger: TimeAmount

    package init(head: TimeAmount, body: TimeAmount, idle: TimeAmount, linger: TimeAmount = .seconds(2)) {
        self.head = head
        self.body = body
        self.idle = idle
        self.linger = linger
    }
}

/// A server's side of an HTTP/1.1 connection.
struct HTTP1ConnectionStateMachine: ~Copyable {
    private enum State {
        /// Waits for a head. `isFirst`: nothing has been answered yet.
        case idle(isFirst: Bool)
        /// The head is being judged.
        case judging(Exchange)
        /// The head is to be judged anew, later.
        case postponed(Exchange, limit: TimeAmount)
        /// The body comes in, up to a limit.
        case collecting(Exchange, received: Int, limit: Int)
        /// The request is here, its answer is not.
        case answering(Exchange)
        /// Answered before the request's end came; the end is on its way, or there is none but that of an empty body.
        case awaitingEnd(hasBody: Bool)
        /// Answered for the last time; what still comes is thrown away.
        case lingering
        case streaming
        case closed
    }

    /// What to remember of a request.
    private struct Exchange {
        let keepsAlive: Bool
        let hasBody: Bool

        /// The same, with nothing to follow.
        var last: Exchange { Exchange(keepsAlive: false, hasBody: hasBody) }
    }

    private var state: State = .idle(isFirst: true)
    private var hasHeard = false
    /// Whether the client sends nothing more.
    private(set) var isInputClosed = false

    init() {}

    /// What the connection is waiting for.
    enum Phase: Equatable {
        case firstHead, nextHead, requestEnd, clientClose
        /// Its own answer, for a client of which nothing more will be heard.
        case lastAnswer
        /// What its rules wait for.
        case rules(limit: TimeAmount)
        /// Its own answer, or nothing.
        case nothing

        /// How long that may take; nothing for as long as it wants.
        func timeLimit(_ times: ConnectionTimes) -> TimeAmount? {
            switch self {
            case .firstHead: times.head
            case .nextHead: times.idle
            case .requestEnd, .lastAnswer: times.body
            case .clientClose: times.linger
            case .rules(let limit): limit
            case .nothing: nil
            }
        }
    }

    var phase: Phase {
        switch state {
        case .idle(let isFirst): isFirst ? .firstHead : .nextHead
        case .collecting, .awaitingEnd: .requestEnd
        case .lingering: .clientClose
        case .postponed(_, let limit): .rules(limit: limit)
        case .answering where isInputClosed: .lastAnswer
        case .judging, .answering, .streaming, .closed: .nothing
        }
    }

    /// Whether the next part of what has been read may be handled now.
    var takesInput: Bool {
        switch state {
        case .answering, .postponed: false
        case .idle, .judging, .collecting, .awaitingEnd, .lingering, .streaming, .closed: true
        }
    }

    // MARK: Input

    /// Bytes have come, be they a head or part of one.
    mutating func heard() { hasHeard = true }

    /// A head has come. True: judge it, and report by ``answersNow()``, ``collects(limit:)`` or ``streams()``.
    mutating func receivedHead(keepsAlive: Bool, hasBody: Bool) -> Bool {
        guard case .idle = state else { return false }
        state = .judging(Exchange(keepsAlive: keepsAlive, hasBody: hasBody))
        return true
    }

    /// The request being judged is to be judged anew when ``resumes()`` says so, after `limit` at the latest.
    mutating func postpones(limit: TimeAmount) {
        guard case .judging(let exchange) = state else { return }
        state = .postponed(exchange, limit: limit)
    }

    /// What a request has waited for is here. True: judge it, as behind ``receivedHead(keepsAlive:hasBody:)``.
    mutating func resumes() -> Bool {
        guard case .postponed(let exchange, _) = state else { return false }
        state = .judging(exchange)
        return true
    }

    /// What to do with a piece of a body.
    enum BodyAction: Equatable {
        case append
        case discard
        /// Over the limit: refuse the request, by way of ``answersNow()``.
        case refuse
    }

    mutating func receivedBody(byteCount: Int) -> BodyAction {
        guard case .collecting(let exchange, let received, let limit) = state else { return .discard }
        guard received + byteCount <= limit else {
            state = .judging(exchange)
            return .refuse
        }
        state = .collecting(exchange, received: received + byteCount, limit: limit)
        return .append
    }

    /// There is no room for a piece of a body: as ``BodyAction/refuse``.
    mutating func hasNoRoom() {
        guard case .collecting(let exchange, _, _) = state else { return }
        state = .judging(exchange)
    }

    /// What to do at a request's end.
    enum EndAction: Equatable {
        /// Respond to the body, and report by ``answered()``.
        case respond
        /// Read on.
        case nothing
        /// All that the client had to say has been read.
        case close
    }

    mutating func receivedEnd() -> EndAction {
        switch state {
        case .collecting(let exchange, _, _):
            state = .answering(exchange)
            return .respond
        case .awaitingEnd:
            state = .idle(isFirst: false)
            return .nothing
        case .lingering:
            state = .closed
            return .close
        case .idle, .judging, .postponed, .answering, .streaming, .closed:
            return .nothing
        }
    }

    /// The client sends nothing more. What it has asked for it is still owed: close_notify and FIN end one direction
    /// (RFC 8446 §6.1, RFC 9293 §3.6).
    ///
    /// - Returns: whether to close now, because there is no whole request to be answered.
    mutating func inputClosed() -> Bool {
        isInputClosed = true
        switch state {
        case .idle, .collecting, .awaitingEnd, .lingering:
            state = .closed
            return true
        case .judging, .postponed, .answering, .streaming, .closed:
            return false
        }
    }

    // MARK: Answers

    /// What goes with an answer.
    enum AnswerAction: Equatable {
        /// The connection goes on.
        case keepAlive
        /// `Connection: close`, and read on for a while before closing.
        case linger
        /// `Connection: close`, and close behind the answer.
        case close
        /// No answer can be sent any more.
        case drop
    }

    /// The request being judged is answered without its body. One that has a body is the connection's last: whether the
    /// client sends that body is open (RFC 9110 §10.1.1).
    ///
    /// - Parameter discarding: whether the body comes for certain, and is to be read and thrown away instead.
    mutating func answersNow(discarding: Bool = false) -> AnswerAction {
        guard case .judging(let exchange) = state else { return .drop }
        if exchange.hasBody, !(discarding && exchange.keepsAlive) {
            state = .lingering
            return .linger
        }
        state = exchange.keepsAlive ? .awaitingEnd(hasBody: exchange.hasBody) : .closed
        return exchange.keepsAlive ? .keepAlive : .close
    }

    /// The request being judged has its body read.
    mutating func collects(limit: Int) {
        guard case .judging(let exchange) = state else { return }
        state = .collecting(exchange, received: 0, limit: limit)
    }

    /// The request being judged becomes a stream: nothing else happens on this connection.
    mutating func streams() {
        guard case .judging = state else { return }
        state = .streaming
    }

    /// The answer to a whole request is here.
    mutating func answered() -> AnswerAction {
        guard case .answering(let exchange) = state else { return .drop }
        state = exchange.keepsAlive ? .idle(isFirst: false) : .closed
        return exchange.keepsAlive ? .keepAlive : .close
    }

    // MARK: Trouble

    /// What to do when a connection can't go on.
    enum TroubleAction: Equatable {
        /// Say why, then as ``AnswerAction/linger``.
        case refuse
        case close
        /// Judge the request anew, by way of ``resumes()``.
        case judgeAnew
        case nothing
    }

    /// The bytes are not HTTP. Nothing after them can be trusted to be a request (RFC 9112 §2.2).
    mutating func parserFailed() -> TroubleAction {
        switch state {
        case .idle, .collecting, .judging:
            state = .lingering
            return .refuse
        case .awaitingEnd:
            state = .closed
            return .close
        case .answering(let exchange):
            // The request that is being answered was good, and its publisher has to learn what became of it.
            state = .answering(exchange.last)
            return .nothing
        case .postponed(let exchange, let limit):
            state = .postponed(exchange.last, limit: limit)
            return .nothing
        case .lingering, .streaming, .closed:
            return .nothing
        }
    }

    /// The present state's time is over.
    mutating func timedOut() -> TroubleAction {
        switch state {
        // A browser opens connections in advance: one that never said anything has asked nothing.
        case .idle(isFirst: true) where !hasHeard:
            state = .closed
            return .close
        case .idle(isFirst: true), .collecting:
            state = .lingering
            return .refuse
        case .idle(isFirst: false), .awaitingEnd, .lingering:
            state = .closed
            return .close
        // Whether a client is there that says nothing shows only when it is written to.
        case .answering where isInputClosed:
            state = .closed
            return .close
        case .postponed: return .judgeAnew
        case .judging, .answering, .streaming, .closed:
            return .nothing
        }
    }

    /// The connection ends behind the exchange under way.
    mutating func endsBehindThisExchange() { _ = quiesces() }

    /// The gateway goes down. True: close now; otherwise the exchange under way is the last.
    mutating func quiesces() -> Bool {
        switch state {
        case .idle, .awaitingEnd(hasBody: false):
            state = .closed
            return true
        // To close with a body unread is to reset the connection, which may take the answer with it (RFC 9112 §9.6).
        case .awaitingEnd(hasBody: true): state = .lingering
        case .judging(let exchange): state = .judging(exchange.last)
        case .collecting(let exchange, let received, let limit):
            state = .collecting(exchange.last, received: received, limit: limit)
        case .postponed(let exchange, let limit): state = .postponed(exchange.last, limit: limit)
        case .answering(let exchange): state = .answering(exchange.last)
        case .lingering, .streaming, .closed: break
        }
        return false
    }

    mutating func closed() { state = .closed }
}
