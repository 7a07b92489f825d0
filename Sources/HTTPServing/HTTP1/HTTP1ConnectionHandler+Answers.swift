// HTTP/1.1's answers, and what becomes of a connection with them: the next request, an event stream, or the end.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

extension HTTP1ConnectionHandler {
    // MARK: Answers

    /// With what lets the page read it whose request this is, as far as that is known.
    func refusal(_ problem: Problem) -> Answer {
        plan?.answer(refusing: problem)
            ?? problem.answer(with: judge.fieldsBeforeRules(origins: decoder.originsOfUnread))
    }

    func refusal(_ trouble: ChunkMeter.Trouble) -> Answer {
        trouble == .tooLarge ? plan?.tooLarge() ?? refusal(.chunksTooMany) : refusal(.chunksTooMany)
    }

    /// - Parameter discarding: whether a body that follows is read and thrown away, and the connection goes on.
    func answerNow(_ answer: Answer, discarding: Bool = false, _ context: ChannelHandlerContext) {
        if answer.isLast { machine.endsBehindThisExchange() }
        send(answer, machine.answersNow(discarding: discarding), context)
    }

    func answered(_ answer: Answer, _ context: ChannelHandlerContext) {
        if machine.isInputClosed, !gate.isHolding { machine.endsBehindThisExchange() }
        goOn(context) {
            send(answer, machine.answered(), context)
            stateChanged()
        }
    }

    func send(
        _ answer: Answer, _ action: HTTP1ConnectionStateMachine.AnswerAction, _ context: ChannelHandlerContext
    ) {
        guard action != .drop else { return }
        let requestID = isAsked ? peer.requestID : judge.nameBeforeRules
        if let reason = answer.refusal { tell(reason, answer.status, of: requestID, context) }
        isAsked = false
        requests.answered()
        let (bytes, rest) = writer.bytes(
            of: answer, named: requestID, version: version, isHead: isHead, persistence(action), date: date.value)
        write(bytes, context)
        if let rest { write(rest, context) }
        if cork.wrote(bodyBytes: answer.body.readableBytes, isLast: action != .keepAlive) { flushAnswers(context) }
        switch action {
        case .close: closeBehindAnswers(context)
        // The client sees the end with its answer, and we go on reading (RFC 9112 §9.6).
        case .linger: context.close(mode: .output, promise: nil)
        case .keepAlive, .drop: break
        }
    }

    private func persistence(_ action: HTTP1ConnectionStateMachine.AnswerAction) -> AnswerWriter.Persistence {
        guard action == .keepAlive else { return .close }
        return version.isAtLeast11 ? .asUsual : .keepAlive
    }

    /// To TLS, where it is; none of it need leave before ``flushAnswers(_:)``.
    func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if let sink { sink.write(bytes) } else { context.write(wrapOutboundOut(bytes), promise: nil) }
    }

    /// The end of a read, or of a turn: its answers leave together.
    func uncork(_ context: ChannelHandlerContext) {
        cork.end()
        flushAnswers(context)
    }

    func flushAnswers(_ context: ChannelHandlerContext) {
        guard cork.takeAll() else { return }
        if let sink { sink.flush() } else { context.flush() }
        if !isWritable { holdUnsent(context) }
    }

    /// Ends the connection behind the answers that were made.
    func closeBehindAnswers(_ context: ChannelHandlerContext) {
        flushAnswers(context)
        context.close(promise: nil)
    }

    /// Counts what the socket has not taken of answers. A stranger for whom there is no room has taken none for a
    /// while.
    func holdUnsent(_ context: ChannelHandlerContext) {
        let bytes = context.unsentBytes
        held.release(unsentBytes)
        unsentBytes = bytes
        if held.take(bytes) { return }
        held.overdraw(bytes)
        if held.isStrangers { cutOff(context) }
    }

    /// Ends a connection for which the process has no room, and that has nothing coming that it would miss.
    func cutOff(_ context: ChannelHandlerContext) {
        tell(Problem.heldFull.code, .serviceUnavailable, of: isAsked ? peer.requestID : nil, context)
        flushAnswers(context)
        context.triggerUserOutboundEvent(CutOff(), promise: nil)
    }

    func tell(
        _ reason: String, _ status: HTTPResponse.Status, of requestID: RequestID?, _ context: ChannelHandlerContext
    ) {
        metrics.refused(
            Refusal(
                reason, status: status, request: isAsked ? requests.last : nil, user: isAsked ? peer.user : nil,
                client: isAsked ? peer.address : peer.connectedFrom, requestID: requestID))
    }

    // MARK: Streams

    func open(_ plan: any StreamPlan, _ context: ChannelHandlerContext) {
        // While the request waited, its client has closed its side: see ``HTTP1StreamHandler``.
        guard !machine.isInputClosed, !gate.hasInputEnded else { return closeBehindAnswers(context) }
        // What leaves from now on is the stream's.
        flushAnswers(context)
        let stream = HTTP1StreamHandler(isChunked: version.isAtLeast11, sink: sink)
        do throws(StreamRefusal) {
            try plan.open(.http1(stream), on: context.eventLoop) { answer in
                machine.streams()
                let head = writer.headOfStream(
                    answer, named: peer.requestID, version: version, date: date.value)
                write(head, context)
                handOver(to: stream, context)
            }
        } catch {
            answerNow(error.answer, context)
        }
    }

    /// The stream's handler sits right behind TLS; what only requests need leaves the pipeline.
    private func handOver(to stream: HTTP1StreamHandler, _ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        // A read that was held back would go with this handler, and nobody would hear that the client has left.
        if wantsRead { context.read() }
        do {
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)
            sink?.reads(for: nil)
            try pipeline.addHandler(stream, position: .before(gate))
            pipeline.removeHandler(context: try pipeline.context(handler: gate), promise: nil)
            pipeline.removeHandler(context: decoder, promise: nil)
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }
}
