// What a TLS connection on a channel does next. Values only: each event is one function that returns what the handler
// must do. No channel, no OpenSSL, no clock.

extension OpenSSLHandler {
    /// The states of a TLS connection on a channel and the rules between them.
    struct StateMachine: ~Copyable {
        private enum State {
            /// The channel is not active yet.
            case idle
            case handshaking
            case open
            /// The peer sent close_notify; we may still write.
            case inputClosed
            /// We sent close_notify; the peer may still write.
            case outputClosed
            /// We sent close_notify and wait for the peer's; what it still writes is dropped.
            case closing
            /// The peer's side has ended, and we said close_notify; the socket has not taken ours, or what went before
            /// it.
            case draining
            case closed
        }

        private var state = State.idle
        private var transportHasFailed = false
        /// Whether the socket has taken our close_notify, and with that all that went before it.
        private var isAllTaken = false

        /// Begins before the channel is active.
        init() {}
    }
}

// MARK: - Opening

extension OpenSSLHandler.StateMachine {
    /// What to do when the channel is active.
    enum ActivateAction: Equatable {
        /// Start the deadline and take the first step of the handshake.
        case startHandshake
        /// Nothing: it has begun, or is over.
        case none
    }

    /// The channel is active.
    mutating func activate() -> ActivateAction {
        guard case .idle = state else { return .none }
        state = .handshaking
        return .startHandshake
    }

    /// What to do when the handshake is complete.
    enum CompleteAction: Equatable {
        /// Cancel the deadline, announce it, and encrypt what was flushed meanwhile.
        case announce
        /// Nothing: it is over.
        case none
    }

    /// The handshake is complete.
    mutating func handshakeCompleted() -> CompleteAction {
        guard case .handshaking = state else { return .none }
        state = .open
        return .announce
    }
}

// MARK: - Data

extension OpenSSLHandler.StateMachine {
    /// What to do with bytes from the network.
    enum ReceiveAction: Equatable {
        /// Take a step of the handshake.
        case handshake
        /// Decrypt and pass on.
        case deliver
        /// Decrypt to find the close_notify, and drop the rest.
        case discard
        /// Drop them unread: nothing after close_notify counts (RFC 8446 §6.1).
        case ignore
    }

    /// Bytes wait to be looked at.
    borrowing func received() -> ReceiveAction {
        switch state {
        case .handshaking: .handshake
        case .open, .outputClosed: .deliver
        case .closing: .discard
        case .idle, .inputClosed, .draining, .closed: .ignore
        }
    }

    /// What to do with a write or a flush.
    enum WriteAction: Equatable {
        /// Keep it until the handshake is complete.
        case wait
        /// It can be encrypted.
        case encrypt
        /// Refuse it: our side has said close_notify.
        case refuseOutputClosed
        /// Refuse it: the connection is over.
        case refuseClosed
    }

    /// A write or a flush came.
    borrowing func write() -> WriteAction {
        switch state {
        case .idle, .handshaking: .wait
        case .open, .inputClosed: .encrypt
        case .outputClosed: .refuseOutputClosed
        case .closing, .draining, .closed: .refuseClosed
        }
    }
}

// MARK: - Closing

extension OpenSSLHandler.StateMachine {
    /// What to do when the user closes the channel or its output.
    enum CloseAction: Equatable {
        /// Encrypt what waits, send close_notify, and wait for the peer's until the deadline.
        case shutDownAndWait
        /// Wait for the peer's close_notify until the deadline: ours is sent.
        case waitForPeer
        /// Encrypt what waits, send close_notify, and close the channel when the socket has taken it, or at the
        /// deadline: there is no close_notify of the peer's to wait for.
        case shutDownAndClose
        /// Encrypt what waits, send close_notify, and close the channel's output.
        case shutDownOutput
        /// Close the channel at once: there is nothing to end properly.
        case closeChannel
        /// The close under way will answer for this one too.
        case join
        /// The output is closed already.
        case refuseOutputClosed
        /// The output cannot be closed yet.
        case refuseUnsupported
    }

    /// The user closes the channel.
    mutating func close() -> CloseAction {
        switch state {
        case .open:
            state = .closing
            return .shutDownAndWait
        case .inputClosed:
            state = .draining
            return .shutDownAndClose
        case .outputClosed:
            state = .closing
            return .waitForPeer
        case .closing, .draining:
            return .join
        case .idle, .handshaking, .closed:
            state = .closed
            return .closeChannel
        }
    }

    /// The user closes the channel's output.
    mutating func closeOutput() -> CloseAction {
        switch state {
        case .open:
            state = .outputClosed
            return .shutDownOutput
        case .inputClosed:
            state = .draining
            return .shutDownAndClose
        case .idle, .handshaking:
            return .refuseUnsupported
        case .outputClosed, .closing, .draining, .closed:
            return .refuseOutputClosed
        }
    }

    /// What to do with the peer's close_notify.
    enum PeerCloseAction: Equatable {
        /// Announce that no more will come; we may go on writing.
        case announceInputClosed
        /// Answer with our own, announce the clean end, close the channel.
        case answerAndClose
        /// Ours is sent: announce the clean end, close the channel.
        case finish
        /// The same, and close the channel only when the socket has taken ours, or at the deadline. Only the peer's
        /// direction has ended, and it may read on (RFC 8446 §6.1).
        case finishWhenTaken
        /// Nothing: it is over.
        case none
    }

    /// The peer sent close_notify.
    ///
    /// - Parameter halfClosure: Whether the channel may stay open for writing.
    mutating func peerClosed(halfClosure: Bool) -> PeerCloseAction {
        switch state {
        case .open:
            state = halfClosure ? .inputClosed : .closed
            return halfClosure ? .announceInputClosed : .answerAndClose
        case .outputClosed, .closing:
            state = isAllTaken ? .closed : .draining
            return isAllTaken ? .finish : .finishWhenTaken
        case .idle, .handshaking, .inputClosed, .draining, .closed:
            return .none
        }
    }
}

// MARK: - Endings

extension OpenSSLHandler.StateMachine {
    /// Whether the end of the peer's input was announced and we may still write.
    var isInputClosed: Bool {
        if case .inputClosed = state { true } else { false }
    }

    /// What to do with the network's end of file while it may still take something.
    enum InputEndAction: Equatable {
        /// Announce that no more will come; we may go on writing.
        case announceInputClosed
        /// It is the end of all: as ``EndAction`` says.
        case end
        /// Close the channel when the socket has taken what we sent, or at the deadline.
        case closeWhenTaken
        /// Nothing: the peer has said so before.
        case none
    }

    /// The network brings nothing more.
    ///
    /// - Parameter halfClosure: Whether it counts as a close_notify does, and the channel may stay open for writing.
    mutating func inputEnded(halfClosure: Bool) -> InputEndAction {
        switch state {
        // After a close_notify it has been announced already.
        case .inputClosed, .draining: return .none
        case .open where halfClosure:
            state = .inputClosed
            return .announceInputClosed
        case .closing where !isAllTaken, .outputClosed where halfClosure && !isAllTaken:
            state = .draining
            return .closeWhenTaken
        case .idle, .handshaking, .open, .outputClosed, .closing, .closed: return .end
        }
    }

    /// The socket has taken all there was to say, close_notify included.
    ///
    /// - Returns: Whether the channel is to be closed.
    mutating func drained() -> Bool {
        isAllTaken = true
        guard case .draining = state else { return false }
        state = .closed
        return true
    }
}

extension OpenSSLHandler.StateMachine {
    /// What to do when the connection is broken.
    enum FailAction: Equatable {
        /// Send what alert there is, fire the error, close the channel.
        case reportAndClose
        /// Close the channel without an error: it was closing anyway.
        case closeChannel
        /// Nothing: it is over.
        case none
    }

    /// OpenSSL reported a failure.
    mutating func failed() -> FailAction {
        switch state {
        case .closing, .draining:
            state = .closed
            return .closeChannel
        case .closed:
            return .none
        case .idle, .handshaking, .open, .inputClosed, .outputClosed:
            state = .closed
            return .reportAndClose
        }
    }

    /// What to do when a deadline has passed.
    enum DeadlineAction: Equatable {
        /// The handshake took too long: fire the error, close the channel.
        case abortHandshake
        /// The peer did not answer our close_notify, or takes nothing of what was sent: close the channel.
        case closeChannel
        /// The peer reads, and has not read all: give it as much time again.
        case waitOn
        /// Nothing: what it was for is over.
        case none
    }

    /// The fewest bytes that a peer has to take in the time that it has for its close_notify, to be given as much time
    /// again. Whoever takes less is not waited for: a few bytes at a time would keep a connection for as long as one
    /// likes.
    static let leastProgress = 4_096

    /// The deadline of the handshake or of the shutdown has passed.
    ///
    /// - Parameter peerTook: How many bytes of what was sent the peer has taken since the deadline began.
    mutating func deadlinePassed(peerTook: Int = 0) -> DeadlineAction {
        switch state {
        case .handshaking:
            state = .closed
            return .abortHandshake
        case .closing, .draining:
            guard peerTook < Self.leastProgress else { return .waitOn }
            state = .closed
            return .closeChannel
        case .idle, .open, .inputClosed, .outputClosed, .closed:
            return .none
        }
    }

    /// How the network's end of file is to be understood.
    enum EndAction: Equatable {
        /// It came during the handshake.
        case interrupted
        /// It came without close_notify: data may be missing.
        case truncated
        /// Everything was said.
        case clean
    }

    /// The network brings nothing more: end of file, or the channel is inactive.
    mutating func ended() -> EndAction {
        defer { state = .closed }
        switch state {
        case .handshaking: return transportHasFailed ? .clean : .interrupted
        case .open, .outputClosed: return transportHasFailed ? .clean : .truncated
        case .idle, .inputClosed, .closing, .draining, .closed: return .clean
        }
    }

    /// The transport reported an error of its own, which says more than the end of file that follows.
    mutating func transportFailed() { transportHasFailed = true }
}
