// HTTP/1.1's side of a listener: carries out what its state machine and the listener's judge decide. Shared by the public
// and the admin listener. Once a stream is open it leaves the pipeline.

internal import DequeModule
internal import EventHub
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
    private let headLimit: Int
    private var machine = HTTP1ConnectionStateMachine()
    private var timer: DeadlineTimer?
    private var phase: HTTP1ConnectionStateMachine.Phase?
    private var plan: BodyPlan?
    private var body = ByteBuffer()
    private var version = HTTPVersion.http1_1
    private var isHead = false
    /// Of the last request; nothing of one that was malformed.
    private var lastFields = HTTPFields()
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

    /// - Parameters:
    ///   - judge: the listener's rules.
    ///   - peer: who is at the other end.
    ///   - times: the connection's deadlines.
    ///   - headLimit: how large a head may be in bytes, as the decoder was told: for the refusal's words.
    ///   - metrics: told of each refusal.
    ///   - date: what the answers' `Date` says.
    ///   - sink: the handler right before HTTP's, for event streams to write to.
    package init(
        judge: any RequestJudge, peer: Peer, times: ConnectionTimes, headLimit: Int, metrics: any HTTPMetrics,
        date: DateField, sink: (any WriteSink)? = nil
    ) {
        self.judge = judge
        self.peer = peer
        self.times = times
        self.headLimit = headLimit
        self.metrics = metrics
        self.date = date
        self.sink = sink
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        timer = DeadlineTimer(on: context.eventLoop) { self.timedOut(context) }
        stateChanged()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    package func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        stateChanged()
        waiting = []
        context.fireChannelInactive()
    }

    // MARK: Input

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        guard machine.takesInput, waiting.isEmpty else { return wait(part) }
        receive(part, context)
        stateChanged()
    }

    /// Requests that are not looked at get no answer, and the client may send them again (RFC 9112 §9.3.2).
    private func wait(_ part: HTTPServerRequestPart) {
        guard waitingBytes <= Self.waitingLimit else { return }
        waitingBytes += Self.partBytes
        if case .body(let bytes) = part { waitingBytes += bytes.readableBytes }
        waiting.append(part)
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
        readIfWanted(context)
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
        let request = Result { () throws(Problem) in try HTTPRequest(head, after: lastFields) }
        lastFields = (try? request.get())?.headerFields ?? [:]
        guard machine.receivedHead(keepsAlive: head.keepsConnection(request), hasBody: head.hasBody) else { return }
        version = head.version
        isHead = head.method == .HEAD
        do throws(Problem) {
            switch judge.judge(try request.get(), from: &peer) {
            case .answer(let answer): answerNow(answer, context)
            case .collect(let plan): collect(plan, expectsContinue: head.expectsContinue, context)
            case .stream(let plan): open(plan, context)
            }
        } catch {
            answerNow(error.answer, context)
        }
    }

    private func collect(_ plan: BodyPlan, expectsContinue: Bool, _ context: ChannelHandlerContext) {
        machine.collects(limit: plan.limit)
        self.plan = plan
        guard expectsContinue else { return }
        // RFC 9110 §10.1.1: the judge has let the request in, so the client may send its body.
        let head = HTTPResponseHead(version: version, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch machine.receivedBody(byteCount: bytes.readableBytes) {
        case .discard: break
        case .append: body.writeImmutableBuffer(bytes)
        case .refuse:
            let tooLarge = plan?.tooLarge
            dropBody()
            if let tooLarge { answerNow(tooLarge(), context) }
        }
    }

    private func receiveEnd(_ context: ChannelHandlerContext) {
        switch machine.receivedEnd() {
        case .nothing: break
        case .close: context.close(promise: nil)
        case .respond:
            guard let plan else { return }
            let body = body
            dropBody()
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
        while machine.takesInput, let part = waiting.popFirst() { receive(part, context) }
        if machine.takesInput { waitingBytes = 0 }
        if machine.isInputClosed, machine.inputClosed() { context.close(promise: nil) }
        stateChanged()
        readIfWanted(context)
    }

    private func send(
        _ answer: Answer, _ action: HTTP1ConnectionStateMachine.AnswerAction, _ context: ChannelHandlerContext
    ) {
        guard action != .drop else { return }
        if let reason = answer.refusal { metrics.refused(reason) }
        var head = HTTPResponseHead(answer, version: version, date: date)
        if action != .keepAlive {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        } else if !version.isAtLeast11 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead {
            // The encoder does not know of HEAD: with an end it would write the last chunk of a body that is none.
            let body = ByteBuffer(bytes: answer.body)
            if body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.flush()
        switch action {
        case .close: context.close(promise: nil)
        // The client sees the end with its answer, and we go on reading (RFC 9112 §9.6).
        case .linger: context.close(mode: .output, promise: nil)
        case .keepAlive, .drop: break
        }
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
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
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
        guard let parserError = error as? HTTPParserError else {
            // TLS and sockets report here: nothing more can be said to the client.
            context.fireErrorCaught(error)
            context.close(promise: nil)
            return
        }
        // A client that leaves in the middle of a request is told nothing, and has sent nothing wrong.
        guard parserError != .invalidEOFState else { return }
        handle(machine.parserFailed(), Problem(parserError, headLimit: headLimit), context)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, machine.quiesces() { context.close(promise: nil) }
        if case .some(.inputClosed) = event as? ChannelEvent {
            if machine.inputClosed() { context.close(promise: nil) }
            stateChanged()
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        handle(machine.timedOut(), .requestTimeout, context)
    }

    private func handle(
        _ action: HTTP1ConnectionStateMachine.TroubleAction, _ problem: Problem, _ context: ChannelHandlerContext
    ) {
        switch action {
        case .nothing: break
        case .close: context.close(promise: nil)
        case .refuse:
            dropBody()
            isHead = false
            send(problem.answer, .linger, context)
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
