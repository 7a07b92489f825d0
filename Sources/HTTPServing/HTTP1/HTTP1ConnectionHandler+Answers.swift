// HTTP/1.1's answers, and what becomes of a connection with them: the next request, an event stream, or the end.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1

extension HTTP1ConnectionHandler {
    // MARK: Answers

    /// - Parameter discarding: whether a body that follows is read and thrown away, and the connection goes on.
    func answerNow(_ answer: Answer, discarding: Bool = false, _ context: ChannelHandlerContext) {
        if answer.isLast { machine.isLast() }
        send(answer, machine.answersNow(discarding: discarding), context)
    }

    func answered(_ answer: Answer, _ context: ChannelHandlerContext) {
        if machine.isInputClosed, !gate.isHolding { machine.isLast() }
        send(answer, machine.answered(), context)
        stateChanged()
        goOn(context)
    }

    func send(
        _ answer: Answer, _ action: HTTP1ConnectionStateMachine.AnswerAction, _ context: ChannelHandlerContext
    ) {
        guard action != .drop else { return }
        if let reason = answer.refusal { tell(reason, answer.status, context) }
        var head = HTTPResponseHead(
            answer, version: version, date: date, requestID: isAsked ? peer.requestID : nil)
        isAsked = false
        requests.answered()
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
        tell(Problem.heldFull.code, .serviceUnavailable, context)
        context.triggerUserOutboundEvent(CutOff(), promise: nil)
    }

    func tell(_ reason: String, _ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        metrics.refused(
            Refusal(
                reason, status: status, request: isAsked ? requests.last : nil, user: isAsked ? peer.user : nil,
                client: isAsked ? peer.address : peer.connectedFrom, requestID: isAsked ? peer.requestID : nil))
    }

    // MARK: Streams

    func open(_ plan: any StreamPlan, _ context: ChannelHandlerContext) {
        // While the request waited, its client has closed its side: see ``HTTP1StreamHandler``.
        guard !machine.isInputClosed, !gate.hasInputEnded else { return context.close(promise: nil) }
        let stream = HTTP1StreamHandler(isChunked: version.isAtLeast11, sink: sink)
        do throws(StreamRefusal) {
            try plan.open(.http1(stream), on: context.eventLoop) { answer in
                machine.streams()
                write(answer, context)
                handOver(to: stream, context)
            }
        } catch {
            answerNow(error.answer, context)
        }
    }

    private func write(_ answer: Answer, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            answer, version: version, date: date, isStream: true, requestID: peer.requestID)
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
            pipeline.removeHandler(context: try pipeline.context(handler: gate), promise: nil)
            pipeline.removeHandler(context: decoder, promise: nil)
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }
}
