// How long an HTTP/2 connection goes on, as a value: silence, idleness, going down. It knows nothing of its requests.

internal import NIOCore

/// A server's side of an HTTP/2 connection over time.
struct HTTP2ConnectionStateMachine: ~Copyable {
    private enum Life: Equatable {
        case open
        /// The client has been told that the end comes; what it sent before it knew is still served.
        case announced(since: NIODeadline)
        /// No further request is taken.
        case leaving
        /// No further request comes: the client has closed its side.
        case halfClosed(since: NIODeadline)
        case closed
    }

    /// What to do.
    enum Action: Equatable {
        case nothing
        /// Ask whether the client is there.
        case ping
        /// Announce the end, and ask for a sign that this was read.
        case announceGoAway
        /// Take no further request.
        case goAway
        /// Say that nothing is wrong, and close.
        case end
        /// Close without a word: there is nobody to read it.
        case close
    }

    private let times: ConnectionTimes
    private let keepAlive: TimeAmount
    private let pongTimeout: TimeAmount
    private var life = Life.open
    private var openStreams = 0
    private var hasServed = false
    private var hasHeard = false
    /// Since when no stream is open.
    private var quietSince: NIODeadline
    private var lastHeard: NIODeadline
    private var pinged: NIODeadline?

    init(times: ConnectionTimes, keepAlive: TimeAmount, pongTimeout: TimeAmount, now: NIODeadline) {
        self.times = times
        self.keepAlive = keepAlive
        self.pongTimeout = pongTimeout
        quietSince = now
        lastHeard = now
    }

    /// When ``passed(at:isWritable:)`` is to be called next, if nothing happens before.
    var deadline: NIODeadline? {
        switch life {
        case .closed: nil
        case .announced(let since): since + times.linger
        // Whether a client is there that says nothing shows only when it is written to.
        case .halfClosed(let since): since + times.body
        case .open, .leaving:
            if openStreams > 0 {
                pinged.map { $0 + pongTimeout } ?? lastHeard + keepAlive
            } else {
                quietSince + (hasServed ? times.idle : times.head)
            }
        }
    }

    // MARK: What happens

    /// Bytes have come: the client is there.
    mutating func heard(at now: NIODeadline) {
        hasHeard = true
        lastHeard = now
        pinged = nil
    }

    mutating func streamOpened() {
        openStreams += 1
        hasServed = true
    }

    mutating func streamClosed(at now: NIODeadline) -> Action {
        openStreams -= 1
        guard openStreams == 0 else { return .nothing }
        quietSince = now
        guard life != .open, life != .closed else { return .nothing }
        life = .closed
        return .end
    }

    /// The client has answered: behind an announcement, everything that it sent before it knew has come.
    mutating func ponged() -> Action {
        guard case .announced = life else { return .nothing }
        life = .leaving
        return .goAway
    }

    /// The gateway goes down.
    mutating func quiesces(at now: NIODeadline) -> Action {
        guard life == .open else { return .nothing }
        guard openStreams > 0 else {
            life = .closed
            return hasHeard ? .end : .close
        }
        life = .announced(since: now)
        return .announceGoAway
    }

    /// The client has closed its side: when the requests that are open are closed, the connection is over.
    mutating func inputClosed(at now: NIODeadline) -> Action {
        guard life != .closed else { return .nothing }
        guard openStreams > 0 else {
            life = .closed
            return hasHeard ? .end : .close
        }
        life = .halfClosed(since: now)
        return .nothing
    }

    /// Whether the client has closed its side.
    var isInputClosed: Bool { if case .halfClosed = life { true } else { false } }

    mutating func closed() { life = .closed }

    // MARK: Time

    /// A deadline has passed, or seems to have.
    ///
    /// - Parameter isWritable: false while the socket takes nothing: a question could not be sent, and no answer
    ///   expected.
    mutating func passed(at now: NIODeadline, isWritable: Bool) -> Action {
        guard let deadline, deadline <= now else { return .nothing }
        if case .announced = life {
            life = .leaving
            return .goAway
        }
        if case .halfClosed = life {
            life = .closed
            return .end
        }
        guard openStreams > 0 else {
            life = .closed
            // A browser opens connections in advance: one that never said anything has asked nothing.
            return hasHeard ? .end : .close
        }
        guard isWritable else {
            lastHeard = now
            pinged = nil
            return .nothing
        }
        guard pinged == nil else {
            life = .closed
            return .close
        }
        pinged = now
        return .ping
    }
}
