// HTTP/1.1's side of a listener: carries out what its state machine and the listener's judge decide. Shared by the public
// and the admin listener. Once a stream is open it leaves the pipeline.

internal import DequeModule
internal import EventHub
internal import EventLog
internal import HTTPTypes
package import NIOCore
package import NIOHTTP1

/// One connection: requests in, answers out, one at a time.
package final class HTTP1ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = Never
    package typealias OutboundOut = HTTPServerResponsePart

    private let judge: any RequestJudge
    private var peer: Peer
    private let times: ConnectionTimes
    private let metrics: any HTTPMetrics
    private let date: DateField
    private let sink: (any WriteSink)?
    private let decoder: RequestDecoder?
    private let headLimit: Int
    private var machine = HTTP1ConnectionStateMachine()
    private var timer: DeadlineTimer?
    private var phase: HTTP1ConnectionStateMachine.Phase?
    private var plan: BodyPlan?
    private var body = ByteBuffer()
    private var version = HTTPVersion.http1_1
    private var isHead = false
    private var requests = RequestReader()
    /// Whether the last request is still to be answered: for who asks why it was refused.
    private var isAsked = false
    /// Parts that came while an answer was under way: at most what one read of the socket decoded to, because no further
    /// read is made meanwhile. But a client that closes its side has all read that it has sent, however much: see
    /// ``waitingLimit``.
    private var waiting: Deque<HTTPServerRequestPart> = []
    private var waitingBytes = 0

    /// Bytes of the parts that wait, beyond which the rest is not looked at: more than one read of the socket decodes to.
    private static let waitingLimit = 192 * 1024
    /// What a part counts for besides its bytes.
    private static let partBytes = 16
    private var wantsRead = false
    private var hasInputEnded = false
    /// Whether a part is being handled: what is told meanwhile waits.
    private var isHandling = false
    /// This connection's part of what all hold.
    private var held: HeldBytes
    /// Bytes of it that the socket has not taken.
    private var unsentBytes = 0

    /// - Parameters:
    ///   - judge: the listener's rules.
    ///   - peer: who is at the other end.
    ///   - times: the connection's deadlines.
    ///   - headLimit: how large a head may be in bytes, as the decoder was told: for the refusal's words.
    ///   - account: what the bodies and answers of all connections hold together.
    ///   - metrics: told of each refusal.
    ///   - date: what the answers' `Date` says.
    ///   - decoder: the one right before this handler, which is told what follows a head.
    ///   - sink: the handler right before HTTP's, for event streams to write to.
    package init(
        judge: any RequestJudge, peer: Peer, times: ConnectionTimes, headLimit: Int,
        account: ByteAccount = .unlimited, metrics: any HTTPMetrics, date: DateField,
        decoder: RequestDecoder? = nil, sink: (any WriteSink)? = nil
    ) {
        self.judge = judge
        self.peer = peer
        self.times = times
        self.headLimit = headLimit
        self.metrics = metrics
        self.date = date
        self.decoder = decoder
        self.sink = sink
        held = HeldBytes(of: account)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        timer = DeadlineTimer(on: context.eventLoop) { self.timedOut(context) }
        stateChanged()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        held.release(held.count)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        stateChanged()
        waiting = []
        dropBody()
        context.fireChannelInactive()
    }

    // MARK: Input

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head(let head): decoder?.begins(head)
        case .body: break
        case .end: decoder?.ends()
        }
        guard machine.takesInput, waiting.isEmpty, !isHandling, context.channel.isWritable else {
            return wait(part, context)
        }
        isHandling = true
        receive(part, context)
        isHandling = false
        waiting.isEmpty ? stateChanged() : handleWaiting(context)
    }

    /// Requests that are not looked at get no answer, and the client may send them again (RFC 9112 §9.3.2).
    private func wait(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        guard waitingBytes <= Self.waitingLimit else { return }
        waitingBytes += Self.partBytes
        if case .body(let bytes) = part { waitingBytes += bytes.readableBytes }
        waiting.append(part)
        if held.take(part.heldBytes) { return }
        held.overdraw(part.heldBytes)
        cutOff(context)
    }

    /// Handles what waited for an answer to be here, and for the ones before to be taken: a client could have a thousand requests
    /// in one read.
    private func handleWaiting(_ context: ChannelHandlerContext) {
        guard !isHandling else { return }
        isHandling = true
        while machine.takesInput, context.channel.isWritable, let part = waiting.popFirst() {
            held.release(part.heldBytes)
            receive(part, context)
        }
        isHandling = false
        if machine.takesInput, waiting.isEmpty { waitingBytes = 0 }
        inputMayHaveClosed(context)
        stateChanged()
        readIfWanted(context)
    }

    /// Comes also behind bytes that were not a whole head yet.
    package func channelReadComplete(context: ChannelHandlerContext) {
        machine.heard()
        context.fireChannelReadComplete()
    }

    /// No further request is read while one is being answered, or while answers are not taken.
    package func read(context: ChannelHandlerContext) {
        wantsRead = true
        readIfWanted(context)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            holdUnsent(context)
            handleWaiting(context)
        }
        context.fireChannelWritabilityChanged()
    }

    private func readIfWanted(_ context: ChannelHandlerContext) {
        guard wantsRead, waiting.isEmpty, machine.takesInput, context.channel.isWritable else { return }
        wantsRead = false
        context.read()
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): receive(head, context)
        case .body(let bytes): receive(bytes, context)
        case .end: receiveEnd(context)
        }
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let request = Result { () throws(Problem) in try requests.read(head) }
        guard machine.receivedHead(keepsAlive: head.keepsConnection(request), hasBody: head.hasBody) else { return }
        version = head.version
        isHead = head.method == .HEAD
        do throws(Problem) {
            let request = try request.get()
            let verdict = judge.judge(request, from: &peer)
            isAsked = true
            if !peer.isStranger { held.becomeKnown() }
            switch verdict {
            case .answer(let answer): answerNow(answer, context)
            case .collect(let plan): collect(plan, request, expectsContinue: head.expectsContinue, context)
            case .stream(let plan): open(plan, context)
            }
        } catch {
            answerNow(error.answer(with: judge.fieldsBeforeRules(origins: head.headers["origin"])), context)
        }
    }

    private func collect(
        _ plan: BodyPlan, _ request: HTTPRequest, expectsContinue: Bool, _ context: ChannelHandlerContext
    ) {
        // Nothing is gained by waiting for a body that says that it is too large.
        guard request.headerFields.declaredLength ?? 0 <= plan.limit else {
            return answerNow(plan.tooLarge(), context)
        }
        machine.collects(limit: plan.limit)
        decoder?.limitsContent(to: plan.limit)
        self.plan = plan
        guard expectsContinue else { return }
        // RFC 9110 §10.1.1: the judge has let the request in, so the client may send its body.
        let head = HTTPResponseHead(version: version, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch machine.receivedBody(byteCount: bytes.readableBytes) {
        case .discard: break
        case .append:
            guard let plan, plan.keepsBody else { return }
            if held.take(bytes.readableBytes) {
                body.writeImmutableBuffer(bytes)
            } else {
                machine.hasNoRoom()
                refuseBody(plan.noRoom(), context)
            }
        case .refuse:
            if let plan { refuseBody(plan.tooLarge(), context) }
        }
    }

    private func refuseBody(_ answer: Answer, _ context: ChannelHandlerContext) {
        dropBody()
        answerNow(answer, context)
    }

    private func receiveEnd(_ context: ChannelHandlerContext) {
        switch machine.receivedEnd() {
        case .nothing: break
        case .close: context.close(promise: nil)
        case .respond:
            guard let plan else { return }
            // Before anything is done: an answer that is owed is given, be there room or not.
            guard held.hasRoom(for: body.readableBytes * plan.growth) || !plan.keepsBody else {
                dropBody()
                return send(plan.noRoom(), machine.answered(), context)
            }
            let body = body
            defer { held.release(body.readableBytes) }
            self.plan = nil
            self.body = ByteBuffer()
            let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            plan.respond(body) { answer in
                let finish = { @Sendable in bound.value.handler.answered(answer, bound.value.context) }
                eventLoop.inEventLoop ? finish() : eventLoop.execute(finish)
            }
        }
    }

    private func dropBody() {
        plan = nil
        held.release(body.readableBytes)
        body = ByteBuffer()
    }

    // MARK: Answers

    private func answerNow(_ answer: Answer, _ context: ChannelHandlerContext) {
        if answer.isLast { machine.isLast() }
        send(answer, machine.answersNow(), context)
    }

    private func answered(_ answer: Answer, _ context: ChannelHandlerContext) {
        if machine.isInputClosed, waiting.isEmpty { machine.isLast() }
        send(answer, machine.answered(), context)
        stateChanged()
        handleWaiting(context)
        readIfWanted(context)
    }

    private func send(
        _ answer: Answer, _ action: HTTP1ConnectionStateMachine.AnswerAction, _ context: ChannelHandlerContext
    ) {
        guard action != .drop else { return }
        if let reason = answer.refusal { tell(reason, answer.status, context) }
        isAsked = false
        var head = HTTPResponseHead(answer, version: version, date: date)
        if action != .keepAlive {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if !version.isAtLeast11 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead {
            // The encoder does not know of HEAD: with an end it would write the last chunk of a body that is none.
            if answer.body.readableBytes > 0 {
                context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
            }
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.flush()
        if !context.channel.isWritable { holdUnsent(context) }
        switch action {
        case .close: context.close(promise: nil)
        // The client sees the end with its answer, and we go on reading (RFC 9112 §9.6).
        case .linger: context.close(mode: .output, promise: nil)
        case .keepAlive, .drop: break
        }
    }

    /// Counts what the socket has not taken of answers. A stranger for whom there is no room has taken none for a while.
    private func holdUnsent(_ context: ChannelHandlerContext) {
        let bytes = context.unsentBytes
        held.release(unsentBytes)
        unsentBytes = bytes
        if held.take(bytes) { return }
        held.overdraw(bytes)
        if held.isStrangers { cutOff(context) }
    }

    /// Ends a connection for which the process has no room, and that has nothing coming that it would miss.
    private func cutOff(_ context: ChannelHandlerContext) {
        tell(Problem.heldFull.code, .serviceUnavailable, context)
        context.triggerUserOutboundEvent(CutOff(), promise: nil)
    }

    private func tell(_ reason: String, _ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        metrics.refused(
            Refusal(
                reason, status: status, request: isAsked ? requests.last : nil, user: isAsked ? peer.user : nil,
                client: context.channel.remoteAddress))
    }

    // MARK: Streams

    private func open(_ plan: StreamPlan, _ context: ChannelHandlerContext) {
        let stream = HTTP1StreamHandler(isChunked: version.isAtLeast11, sink: sink)
        do throws(AdmissionRefusal) {
            let (shard, id) = try plan.attach(stream, on: context.eventLoop)
            machine.streams()
            write(plan.answer(for: shard.name(of: id)), context)
            stream.belongs(to: shard, as: id)
            handOver(to: stream, context)
            shard.assumeIsolated { $0.start(id) }
        } catch {
            answerNow(plan.rejected(error), context)
        }
    }

    private func write(_ answer: Answer, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(answer, version: version, date: date, isStream: true)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// The stream's handler sits right behind TLS; what only requests need leaves the pipeline.
    private func handOver(to stream: HTTP1StreamHandler, _ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        // A read that was held back would go with this handler, and nobody would hear that the client has left.
        if wantsRead { context.read() }
        do {
            let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
            try pipeline.addHandler(stream, position: .before(encoder.handler))
            pipeline.removeHandler(context: encoder, promise: nil)
            pipeline.removeHandler(context: decoder, promise: nil)
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    // MARK: Trouble

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What a refused client still sends behind bytes that are no HTTP: read, so that it can read its answer.
        if case .some(.dataReceivedInErrorState) = error as? ByteToMessageDecoderError { return }
        if let trouble = error as? ChunkMeter.Trouble {
            let tooLarge = trouble == .tooLarge ? plan?.tooLarge() : nil
            return handle(machine.parserFailed(), tooLarge ?? refusal(.chunksTooMany), context)
        }
        guard let parserError = error as? HTTPParserError else {
            // TLS and sockets report here: nothing more can be said to the client.
            context.fireErrorCaught(error)
            context.close(promise: nil)
            return
        }
        // A client that leaves in the middle of a request is told nothing, and has sent nothing wrong.
        guard parserError != .invalidEOFState else { return }
        handle(machine.parserFailed(), refusal(Problem(parserError, headLimit: headLimit)), context)
    }

    /// With what lets the page read it whose request this is, as far as that is known.
    private func refusal(_ problem: Problem) -> Answer {
        problem.answer(with: plan?.fields ?? judge.fieldsBeforeRules(origins: decoder?.originsOfUnread ?? []))
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, machine.quiesces() { context.close(promise: nil) }
        if case .some(.inputClosed) = event as? ChannelEvent {
            hasInputEnded = true
            inputMayHaveClosed(context)
            stateChanged()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// What waits for the socket to take the answers before is still to be handled.
    private func inputMayHaveClosed(_ context: ChannelHandlerContext) {
        guard hasInputEnded, waiting.isEmpty || !machine.takesInput else { return }
        if machine.inputClosed() { context.close(promise: nil) }
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
        case .close: context.close(promise: nil)
        case .refuse:
            let answer = answer()
            dropBody()
            isHead = false
            send(answer, .linger, context)
        }
        stateChanged()
    }

    /// A phase's time runs from its beginning: bytes that trickle in give it no more.
    private func stateChanged() {
        guard machine.phase != phase else { return }
        phase = machine.phase
        timer?.set(machine.phase.timeLimit(times))
    }
}
