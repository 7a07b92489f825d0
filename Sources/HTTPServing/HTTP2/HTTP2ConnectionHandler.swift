// HTTP/2's side of a listener: carries out what the state machines and the listener's judge decide. Sits right behind
// TLS, for requests and event streams alike.

internal import DequeModule
internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore

/// One connection: many requests at a time, each answered or made an event stream.
final class HTTP2ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    // First what each event needs: with thousands of connections, each cache line that an event touches is fetched from
    // far away.

    var session: HTTP2Session?
    let sink: any WriteSink
    /// Whether TLS has been given frames since its last flush.
    var hasUnflushed = false
    private let output: HTTP2Output
    let eventLoop: any EventLoop
    var context: ChannelHandlerContext?
    /// When what there is to send is sent. Streams that the hub holds events back for wait there for room.
    var schedule = HTTP2OutputSchedule<HTTP2StreamOutlet>()
    var eventStreams = 0

    let judge: any RequestJudge
    var peer: Peer
    let times: ConnectionTimes
    let limits: HTTP2Limits
    let metrics: any HTTPMetrics
    let date: DateField
    var machine: HTTP2ConnectionStateMachine
    private(set) var timer: WakeTimer?
    /// Bytes of bodies that are not complete.
    var bodyBytes = 0
    /// Bytes of answers that are not taken.
    var answerBytes = 0
    /// Requests whose bodies are complete, and that wait until the connection's answers before are taken.
    var postponed: Deque<HTTP2Exchange> = []
    /// This connection's part of what all hold.
    var held: HeldBytes
    /// Bytes of it that the socket does not take.
    var unsentBytes = 0
    /// Bytes of it that have been understood, and wait for a turn.
    var decodedBytes = 0
    let turns: LoopTurns
    var share = TurnShare()
    private var isTurnDue = false
    private var kept = KeptInput()
    /// Whether the client has closed its side, and what waits is handled first.
    private var isInputEndDue = false
    /// Whether the gateway goes down, and what waits is handled first.
    private var isQuiesceDue = false

    /// - Parameters:
    ///   - judge: the listener's rules.
    ///   - peer: who is at the other end.
    ///   - times: the connection's deadlines.
    ///   - limits: what the connection may cost.
    ///   - account: what the bodies and answers of all connections hold together.
    ///   - output: the event loop's working memory.
    ///   - metrics: told of each refusal.
    ///   - date: what the answers' `Date` says.
    ///   - sink: the handler right before this one, to write to.
    ///   - turns: the event loop's.
    ///   - eventLoop: the connection's.
    init(
        judge: any RequestJudge, peer: Peer, times: ConnectionTimes, limits: HTTP2Limits,
        account: ByteAccount, output: HTTP2Output, metrics: any HTTPMetrics, date: DateField,
        sink: any WriteSink, turns: LoopTurns, on eventLoop: any EventLoop
    ) {
        self.turns = turns
        self.judge = judge
        self.peer = peer
        self.times = times
        self.limits = limits
        self.output = output
        self.metrics = metrics
        self.date = date
        self.sink = sink
        self.eventLoop = eventLoop
        held = HeldBytes(of: account)
        machine = HTTP2ConnectionStateMachine(
            times: times, keepAlive: limits.keepAlive, pongTimeout: limits.pongTimeout, now: eventLoop.now)
    }

    var now: NIODeadline { eventLoop.now }

    var isWritable: Bool { schedule.isWritable }

    /// What the socket has not taken, spread over the event streams that it was written for.
    var bufferedBytesPerStream: Int {
        guard !isWritable, let context else { return 0 }
        return context.unsentBytes / max(1, eventStreams)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        _ = schedule.writabilityChanged(to: context.channel.isWritable)
        timer = WakeTimer(on: eventLoop) { self.timerFired() }
        do throws(HTTP2Error) {
            session = try HTTP2Session(limits: limits, output: output, now: now)
            if context.channel.isActive { start() }
        } catch {
            fail(error)
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
        schedule.isGone()
        held.release(held.count)
    }

    func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    private func start() {
        pump()
        wake()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Behind something that was not kept nothing can be understood.
        guard session != nil, !kept.isCut, schedule.receives() else { return }
        machine.heard(at: now)
        let bytes = unwrapInboundIn(data)
        if isBehind { keep(bytes) } else { receive(bytes) }
    }

    /// No more is understood than is left of the turn: heads that wait are in no account, and a few bytes can unpack to
    /// many.
    private func receive(_ bytes: ByteBuffer) {
        guard let session else { return }
        // The rest is counted behind the requests before it: they may have said who asks.
        if let rest = handle(bytes, session), self.session != nil { putBack(rest) }
    }

    /// - Returns: what is left for the next turn.
    private func handle(_ bytes: ByteBuffer, _ session: HTTP2Session) -> ByteBuffer? {
        do throws(HTTP2Error) {
            defer { handleEvents(of: session) }
            return try session.receive(bytes, now: now, upTo: share.left)
        } catch {
            fail(error)
            return nil
        }
    }

    /// Everything that one read of the socket caused is sent at once.
    func channelReadComplete(context: ChannelHandlerContext) {
        if !isTurnDue { share.begins() }
        sendCaused()
        context.fireChannelReadComplete()
    }

    private func sendCaused() {
        schedule.received()
        pump()
        wake()
        if !isWritable { holdUnsent() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        switch schedule.writabilityChanged(to: context.channel.isWritable) {
        case .send: sendWhatWaited()
        case .sendAndRead:
            sendWhatWaited()
            read(context: context)
        case .countUnsent: eventLoop.assumeIsolated().execute { self.holdUnsent() }
        }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if schedule.reads(isBehind: isBehind) { context.read() }
    }

    private func sendWhatWaited() {
        holdUnsent()
        pump()
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        schedule.isGone()
        timer?.cancel()
        var streams = session?.openStreams ?? []
        // Those that have closed, and of which nobody has been told yet.
        while let event = session?.nextEvent() {
            if case .closed(let stream, _) = event { streams.append(stream) }
        }
        session = nil
        kept.removeAll()
        for stream in streams { gone(stream) }
        postponed = []
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isQuiesceDue = true
            endWhenHandled()
        }
        if case .some(.inputClosed) = event as? ChannelEvent {
            isInputEndDue = true
            endWhenHandled()
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Turns

    /// Whether something that was read waits for the next turn.
    private var isBehind: Bool { isTurnDue || !kept.isEmpty }

    private func keep(_ bytes: ByteBuffer) {
        guard kept.append(bytes) else { return isInputEndDue = true }
        count(bytes.readableBytes)
    }

    private func putBack(_ rest: ByteBuffer) {
        kept.putBack(rest)
        count(rest.readableBytes)
        callForTurn()
    }

    func callForTurn() {
        guard !isTurnDue else { return }
        isTurnDue = true
        turns.later { self.takeTurn() }
    }

    private func takeTurn() -> Int {
        isTurnDue = false
        share.begins()
        guard let context, let session, schedule.receives() else { return 0 }
        handleEvents(of: session)
        respondToPostponed()
        while !isTurnDue, !share.isUsedUp, let bytes = kept.popFirst() {
            held.release(bytes.readableBytes)
            receive(bytes)
        }
        if !kept.isEmpty { callForTurn() }
        sendCaused()
        endWhenHandled()
        if schedule.isReadWanted { read(context: context) }
        return share.taken
    }

    /// What was asked for before the end is handled before it.
    private func endWhenHandled() {
        guard !isBehind else { return }
        if isInputEndDue { inputClosed() }
        if isQuiesceDue { act(machine.quiesces(at: now)) }
        guard isInputEndDue || isQuiesceDue else { return }
        (isInputEndDue, isQuiesceDue) = (false, false)
        flush()
        wake()
    }

    // MARK: Ending

    func close(_ session: HTTP2Session?) {
        if let violation = session?.violation { tell(violation) }
        self.session?.violation = nil
        schedule.stopsWaiting()
        machine.closed()
        context?.close(promise: nil)
    }

    /// Remembers a stream whose hub waits for room.
    func awaitRoom(_ outlet: HTTP2StreamOutlet) { schedule.waits(outlet) }

    func tellOfRoom() {
        for outlet in schedule.takeWaiters() {
            if outlet.hasRoom { outlet.roomCame() } else { schedule.waits(outlet) }
        }
    }

    func forget(_ outlet: HTTP2StreamOutlet) { schedule.waitsNoMore(outlet) }

    // MARK: Time and trouble

    /// The peer is told why, if it can be, and the connection is closed behind that.
    func fail(_ error: HTTP2Error) {
        guard !schedule.isEnding else { return }
        tell(error)
        end(error.wireCode)
    }

    private func tell(_ error: HTTP2Error) {
        var refusal = Refusal(error.code.description)
        refusal.client = peer.connectedFrom
        metrics.refused(refusal)
    }

    private func end(_ code: WireErrorCode) {
        schedule.ends()
        session?.terminate(code)
    }

    func act(_ action: HTTP2ConnectionStateMachine.Action) {
        switch action {
        case .nothing: return
        case .ping: session?.ping()
        case .announceGoAway:
            session?.announceGoAway()
            session?.ping()
        case .goAway: session?.goAway()
        case .end: end(.noError)
        case .close: return close(nil)
        }
        schedule.outputIsNoted()
    }

    private func timerFired() {
        let now = now
        for stream in session?.openStreams ?? [] {
            guard let exchange = stream.owner as? HTTP2Exchange, let due = exchange.machine.deadline else { continue }
            if due <= now { timedOut(exchange) } else { timer?.wake(at: due) }
        }
        act(machine.passed(at: now, isWritable: isWritable))
        pump()
        wake()
    }

    func wake() {
        if let deadline = machine.deadline { timer?.wake(at: deadline) }
    }

    /// A moment from now at which the timer fires, at the latest.
    func deadline(in time: TimeAmount) -> NIODeadline {
        let deadline = now + time
        timer?.wake(at: deadline)
        return deadline
    }
}
