// When an HTTP/2 connection sends what it has, as a value: at once, later in this turn of the loop, or when the socket
// takes more. What there is to send is nghttp2's matter.

/// A connection's output over time, told by its handler what happens. Generic over who waits for room, so that tests
/// need no stream.
struct HTTP2OutputSchedule<Waiter: AnyObject>: ~Copyable {
    /// What to do about output.
    enum SendAction: Equatable {
        case nothing
        /// Send it now.
        case send
        /// Send it when the loop has served the connection's other streams too, and say so: ``laterCame()``.
        case sendLater
    }

    /// What to do about a socket.
    enum WritabilityAction: Equatable {
        /// Send what there is, and read again if that was asked for meanwhile.
        case sendAndRead
        case send
        /// When all of what is being written has been: count what the socket does not take.
        case countUnsent
    }

    /// Whether the socket takes more, as the channel said last: asking it takes longer than the rest of a look at a
    /// stream.
    private(set) var isWritable = false
    /// Whether the connection is about to be closed: nothing is received any more, and output is not waited for.
    private(set) var isEnding = false
    /// Whether there may be something to send that was not looked for yet.
    private var hasOutput = false
    private var isSending = false
    private var isReceiving = false
    private var isScheduled = false
    /// Whether the channel has asked to read, and was put off.
    private(set) var isReadWanted = false
    /// Who was told that there is no room, and hears when there is.
    private var waiters: [Waiter] = []

    // MARK: Input

    /// Bytes have come. What they cause is sent when all of one read have been handled.
    ///
    /// - Returns: whether they are to be handled.
    mutating func receives() -> Bool {
        guard !isEnding else { return false }
        isReceiving = true
        return true
    }

    /// All bytes of one read have been handled: what they caused is to be sent.
    mutating func received() { isReceiving = false }

    /// The channel asks whether to read. A client that takes nothing is not read from: whatever it sends would have
    /// more made for it.
    ///
    /// - Parameter isBehind: whether something that was read waits to be handled.
    mutating func reads(isBehind: Bool = false) -> Bool {
        isReadWanted = (isBehind || !isWritable) && !isEnding
        return !isReadWanted
    }

    // MARK: Output

    /// There is something to send, and who has it goes on by itself to send it.
    mutating func outputIsNoted() { hasOutput = true }

    /// There is something to send.
    ///
    /// - Parameter eventStreams: how many the connection has. One alone is not made to wait; several share a record and
    ///   a write.
    mutating func outputCame(eventStreams: Int) -> SendAction {
        hasOutput = true
        guard !isReceiving, !isSending, !isScheduled else { return .nothing }
        guard eventStreams > 1 || !waiters.isEmpty else { return .send }
        isScheduled = true
        return .sendLater
    }

    /// The loop has served the other streams.
    mutating func laterCame() { isScheduled = false }

    /// Sending begins.
    ///
    /// - Returns: false when it is under way: then what has come meanwhile is sent before it ends.
    mutating func beginsSending() -> Bool {
        guard !isSending else {
            hasOutput = true
            return false
        }
        isSending = true
        return true
    }

    /// Whether output is to be made now. Each time it counts as looked for.
    mutating func takesOutput() -> Bool {
        hasOutput = false
        return isWritable || isEnding
    }

    /// As much as is sent at a time has been.
    ///
    /// - Parameter isMore: whether there is more.
    mutating func sent(isMore: Bool) { if isMore { hasOutput = true } }

    /// Whether there is more to send, now that what was sent has had its effects.
    ///
    /// - Parameter isOver: whether nothing can be sent or received on the connection any more.
    func sendsOn(isOver: Bool) -> Bool { hasOutput && !(isEnding && isOver) }

    mutating func endsSending() { isSending = false }

    // MARK: Room

    mutating func writabilityChanged(to isWritable: Bool) -> WritabilityAction {
        self.isWritable = isWritable
        guard isWritable else { return .countUnsent }
        return isReadWanted ? .sendAndRead : .send
    }

    /// Somebody was told that there is no room.
    mutating func waits(_ waiter: Waiter) { waiters.append(waiter) }

    mutating func waitsNoMore(_ waiter: Waiter) { waiters.removeAll { $0 === waiter } }

    /// Those that may have room now. Who has none is to wait again.
    mutating func takeWaiters() -> [Waiter] {
        guard isWritable, !waiters.isEmpty else { return [] }
        defer { waiters = [] }
        return waiters
    }

    // MARK: The end

    /// The connection is to be closed behind what it has to say.
    mutating func ends() {
        isEnding = true
        hasOutput = true
    }

    /// Nghttp2 has given the connection up, or it is being closed: nothing is waited for, be it a socket that takes
    /// nothing.
    mutating func stopsWaiting() { isEnding = true }

    /// The channel has gone, or the handler from it.
    mutating func isGone() {
        isWritable = false
        waiters = []
    }
}
