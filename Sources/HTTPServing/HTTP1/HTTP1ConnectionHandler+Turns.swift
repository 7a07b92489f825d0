// When a connection of HTTP/1.1 goes on: with what comes, in its turn of the event loop, and when its client takes
// answers again.

internal import NIOCore

extension HTTP1ConnectionHandler {
    /// Whether what comes next may be handled now: the next request, or the body of this one.
    var takesInput: Bool { machine.takesInput && !share.isUsedUp }

    /// Counts what has been read and waits. When there is no room for it, a stranger is cut off, unless it is little
    /// and waits for its turn alone. Nobody else is: the bytes are there already, and nothing more is read.
    func keeps(_ count: Int) {
        callForTurn()
        if held.take(count) { return }
        held.overdraw(count)
        guard held.isStrangers, !held.isLittle || !machine.takesInput, let context else { return }
        cutOff(context)
    }

    /// What has waited is handled now.
    func letsGo(of count: Int) { held.release(count) }

    /// Handles what has been read and waits, as far as that may be done now.
    func goOn(_ context: ChannelHandlerContext) {
        goOn(context, behind: {})
    }

    /// - Parameter first: what is done before, with answers that leave together with those behind it.
    func goOn(_ context: ChannelHandlerContext, behind first: () -> Void) {
        let isFirst = cork.begin()
        first()
        if isEndWaiting, machine.takesInput {
            isEndWaiting = false
            receiveEnd(context)
        }
        gate.pass()
        callForTurn()
        if isFirst { uncork(context) }
        inputMayHaveClosed(context)
        stateChanged()
        readIfWanted(context)
    }

    /// A read brings requests, and its end follows for certain.
    func readBegins() { _ = cork.begin() }

    // MARK: Turns

    private func callForTurn() {
        guard share.isUsedUp, gate.isKeeping, !isTurnDue else { return }
        isTurnDue = true
        turns.later { self.takeTurn() }
    }

    private func takeTurn() -> Int {
        isTurnDue = false
        share.begins()
        guard let context else { return 0 }
        goOn(context)
        if isQuiesceDue, !isTurnDue { quiesce(context) }
        return share.taken
    }

    /// NIO calls this also after bytes that were no whole head yet.
    func channelReadComplete(context: ChannelHandlerContext) {
        tookAll(context)
        context.fireChannelReadComplete()
    }

    /// The same right from TLS, past the pipeline.
    func tookAll() {
        if let context { tookAll(context) }
    }

    private func tookAll(_ context: ChannelHandlerContext) {
        machine.heard()
        uncork(context)
        if !isTurnDue { share.begins() }
    }

    /// No further request is read while one is being answered, or while answers are not taken.
    func read(context: ChannelHandlerContext) {
        wantsRead = true
        readIfWanted(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable {
            holdUnsent(context)
            goOn(context)
        }
        context.fireChannelWritabilityChanged()
    }

    func readIfWanted(_ context: ChannelHandlerContext) {
        guard wantsRead, !gate.isHolding, machine.takesInput, isWritable else { return }
        wantsRead = false
        context.read()
    }
}
