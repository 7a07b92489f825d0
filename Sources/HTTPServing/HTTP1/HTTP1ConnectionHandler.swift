// HTTP/1.1's side of a listener: it carries out what its state machine and the listener's judge decide. The public and
// the admin listener share it. Once a stream is open it leaves the pipeline.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

/// One connection: requests in, answers out, one at a time.
final class HTTP1ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    let judge: any RequestJudge
    var peer: Peer
    private let times: ConnectionTimes
    let metrics: any HTTPMetrics
    let date: DateField
    let sink: (any WriteSink)?
    let decoder: RequestDecoder
    let gate: RequestGate
    let turns: LoopTurns
    private let headLimit: Int
    private(set) var context: ChannelHandlerContext?
    var machine = HTTP1ConnectionStateMachine()
    private var timer: DeadlineTimer?
    private var phase: HTTP1ConnectionStateMachine.Phase?
    var plan: BodyPlan?
    var postponement: Postponement?
    /// What the request that waits counts for.
    var postponedBytes = 0
    private var body = ByteBuffer()
    var version = HTTPVersion.http1_1
    var isHead = false
    var requests = RequestReader()
    /// The last request without an answer, for the log line if it is refused.
    var isAsked = false
    var share = TurnShare()
    var cork = AnswerCork()
    var writer = AnswerWriter()
    /// Takes the answers that are made later; one for all requests. Nothing before the first of them.
    private var later: LateAnswers?
    /// Whether what is written goes to the socket soon. To ask the channel, several times a request, is a way through
    /// its pipeline.
    var isWritable = false
    var isTurnDue = false
    /// Whether the gateway goes down, and what waits for its turn is handled first.
    var isQuiesceDue = false
    /// Whether the end came of a request that its rules have postponed.
    var isEndWaiting = false
    var wantsRead = false
    private var hasInputEnded = false
    /// This connection's part of what all hold.
    var held: HeldBytes
    /// Bytes of it that the socket has not taken.
    var unsentBytes = 0

    /// - Parameters:
    ///   - judge: the listener's rules.
    ///   - peer: who is at the other end.
    ///   - times: the connection's deadlines.
    ///   - headLimit: how large a head may be in bytes, as the decoder was told: for the refusal's words.
    ///   - account: what the bodies and answers of all connections hold together.
    ///   - metrics: told of each refusal.
    ///   - date: what the answers' `Date` says.
    ///   - decoder: the one right before this handler, which is told what follows a head.
    ///   - gate: the one before the decoder.
    ///   - turns: the event loop's.
    ///   - sink: the handler right before HTTP's, for event streams to write to.
    init(
        judge: any RequestJudge, peer: Peer, times: ConnectionTimes, headLimit: Int,
        account: ByteAccount, metrics: any HTTPMetrics, date: DateField,
        decoder: RequestDecoder, gate: RequestGate, turns: LoopTurns, sink: (any WriteSink)?
    ) {
        self.judge = judge
        self.peer = peer
        self.peer.isToldOfRepeats = true
        self.times = times
        self.headLimit = headLimit
        self.metrics = metrics
        self.date = date
        self.decoder = decoder
        self.gate = gate
        self.turns = turns
        self.sink = sink
        held = HeldBytes(of: account)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
        gate.owner = self
        sink?.reads(for: gate)
        timer = DeadlineTimer(on: context.eventLoop) { self.timedOut(context) }
        stateChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        sink?.reads(for: nil)
        gate.owner = nil
        timer?.cancel()
        timer = nil
        later = nil
        giveUpWaiting()
        held.release(held.count)
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        stateChanged()
        giveUpWaiting()
        dropBody()
        context.fireChannelInactive()
    }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(unwrapInboundIn(data), context) }

    /// The same right from the decoder, past the pipeline: a box for each part is memory.
    func take(_ part: HTTPServerRequestPart) {
        if let context { take(part, context) }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            decoder.begins(head)
            receive(head, context)
        case .body(let bytes): receive(bytes, context)
        case .end:
            decoder.ends()
            // It comes with a head that has no body, before anything can be held back.
            if machine.takesInput { receiveEnd(context) } else { isEndWaiting = true }
        }
        stateChanged()
    }

    /// A head that the decoder knows.
    func take(_ known: KnownHead, _ match: KnownHead.Match) {
        guard let context else { return }
        receive(Result { () throws(Problem) in try requests.read(known, match) }, known.head, context)
        stateChanged()
    }

    // MARK: Requests

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        receive(Result { () throws(Problem) in try requests.read(head) }, head, context)
    }

    private func receive(
        _ request: Result<HTTPRequest, Problem>, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        guard let facts = requests.facts,
            machine.receivedHead(keepsAlive: facts.keepsConnection, hasBody: facts.hasBody)
        else { return }
        if !requests.isRepeat { (version, isHead) = (head.version, head.method == .HEAD) }
        do throws(Problem) {
            judge(try request.get(), facts, context)
        } catch {
            answerNow(error.answer(with: judge.fieldsBeforeRules(origins: head.headers["origin"])), context)
        }
    }

    func judge(_ request: HTTPRequest, _ facts: HeadFacts, _ context: ChannelHandlerContext) {
        if requests.isRepeat, let plan = judge.judgeAgain(bodyBytes: facts.declaredLength ?? 0, from: &peer) {
            isAsked = true
            return collect(plan, facts, context)
        }
        let verdict = judge.judge(request, from: &peer)
        isAsked = true
        if !peer.isStranger { held.becomeKnown() }
        switch verdict {
        // A publisher that is over its rate comes back: by the same connection, or each time by a handshake of ours.
        case .answer(let answer): answerNow(answer, discarding: facts.isBodyShort && !peer.isStranger, context)
        case .collect(let plan): collect(plan, facts, context)
        case .stream(let plan): open(plan, context)
        case .postponed(let postponement): wait(for: postponement, request, context)
        }
    }

    private func collect(_ plan: BodyPlan, _ facts: HeadFacts, _ context: ChannelHandlerContext) {
        // Nothing is gained by waiting for a body that says that it is too large.
        guard facts.declaredLength ?? 0 <= plan.limit else {
            return answerNow(plan.tooLarge(), context)
        }
        machine.collects(limit: plan.limit)
        decoder.limitsContent(to: plan.limit)
        self.plan = plan
        guard facts.expectsContinue else { return }
        // RFC 9110 §10.1.1: the judge has let the request in, so the client may send its body.
        write(AnswerWriter.goOn, context)
        if cork.wrote(bodyBytes: 0, isLast: true) { flushAnswers(context) }
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch machine.receivedBody(byteCount: bytes.readableBytes) {
        case .discard: break
        case .append:
            guard let plan, plan.keepsBody else { return }
            if held.take(bytes.readableBytes) {
                keep(bytes)
            } else {
                machine.hasNoRoom()
                refuseBody(plan.noRoom(), context)
            }
        case .refuse:
            if let plan { refuseBody(plan.tooLarge(), context) }
        }
    }

    private func keep(_ bytes: ByteBuffer) {
        // All of it at once, as it nearly always comes: its end is next, so what it was read with is not held for long.
        if body.readableBytes == 0, bytes.readableBytes == requests.facts?.declaredLength {
            body = bytes
        } else {
            body.writeImmutableBuffer(bytes)
        }
    }

    private func refuseBody(_ answer: Answer, _ context: ChannelHandlerContext) {
        dropBody()
        answerNow(answer, context)
    }

    func receiveEnd(_ context: ChannelHandlerContext) {
        let body = body
        share.handled(bodyBytes: body.readableBytes)
        switch machine.receivedEnd() {
        case .nothing: break
        case .close: closeBehindAnswers(context)
        case .respond:
            guard let plan else { return }
            // Before anything is done: afterwards the client is owed its answer, with room for it or without.
            guard held.hasRoom(for: body.readableBytes * plan.growth) || !plan.keepsBody else {
                dropBody()
                return send(plan.noRoom(), machine.answered(), context)
            }
            defer { held.release(body.readableBytes) }
            self.plan = nil
            self.body = ByteBuffer()
            let later = later ?? LateAnswers(to: self, context)
            self.later = later
            plan.respond(body, later.take)
        }
    }

    func dropBody() {
        plan = nil
        held.release(body.readableBytes)
        body = ByteBuffer()
    }

    // MARK: Trouble

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What a refused client still sends behind bytes that are no HTTP: read, so that it can read its answer.
        if case .some(.dataReceivedInErrorState) = error as? ByteToMessageDecoderError { return }
        if let trouble = error as? ChunkMeter.Trouble {
            return handle(machine.parserFailed(), refusal(trouble), context)
        }
        guard let parserError = error as? HTTPParserError else {
            // TLS and sockets report here: nothing more can be said to the client.
            context.fireErrorCaught(error)
            closeBehindAnswers(context)
            return
        }
        // A client that leaves in the middle of a request is told nothing, and has sent nothing wrong.
        guard parserError != .invalidEOFState else { return }
        handle(machine.parserFailed(), refusal(Problem(parserError, headLimit: headLimit)), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            if isTurnDue { isQuiesceDue = true } else { quiesce(context) }
        }
        if case .some(.inputClosed) = event as? ChannelEvent { inputHasEnded() }
        context.fireUserInboundEventTriggered(event)
    }

    func quiesce(_ context: ChannelHandlerContext) {
        if machine.quiesces() { closeBehindAnswers(context) }
        stateChanged()
    }

    /// Nothing more comes from the client. What has come may still wait.
    func inputHasEnded() {
        hasInputEnded = true
        guard let context else { return }
        uncork(context)
        inputMayHaveClosed(context)
        stateChanged()
    }

    /// What waits for its turn, or for the socket to take the answers before, is still to be handled.
    func inputMayHaveClosed(_ context: ChannelHandlerContext) {
        guard hasInputEnded, !gate.isHolding || !machine.takesInput else { return }
        if machine.inputClosed() { closeBehindAnswers(context) }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        handle(machine.timedOut(), refusal(.requestTimeout), context)
    }

    private func handle(
        _ action: HTTP1ConnectionStateMachine.TroubleAction, _ answer: @autoclosure () -> Answer,
        _ context: ChannelHandlerContext
    ) {
        switch action {
        case .nothing: break
        case .close: closeBehindAnswers(context)
        case .judgeAnew: resumeInTurn(context)
        case .refuse:
            let answer = answer()
            dropBody()
            isHead = false
            send(answer, .linger, context)
        }
        stateChanged()
    }

    /// The time of a phase runs from its beginning. Bytes that trickle in give it no more.
    func stateChanged() {
        guard machine.phase != phase else { return }
        phase = machine.phase
        timer?.set(machine.phase.timeLimit(times))
    }
}
