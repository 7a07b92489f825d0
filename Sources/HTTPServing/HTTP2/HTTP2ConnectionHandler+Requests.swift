// From events to verdicts, and from verdicts to responses and streams.

internal import DequeModule
internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore

extension HTTP2ConnectionHandler {
    /// Handles what the client did, of its requests as many as a turn has room for.
    func handleEvents(of session: HTTP2Session) {
        while !(share.isUsedUp && session.isRequestNext), let event = session.nextEvent() {
            switch event {
            case .request(let stream, let head): begin(stream, head)
            case .data(let stream, let bytes): receive(bytes, on: stream)
            case .end(let stream): receiveEnd(of: stream)
            case .responded(let stream): linger(stream)
            case .closed(let stream, _): closed(stream)
            case .pong: act(machine.ponged())
            }
        }
        if share.isUsedUp, session.isRequestNext { callForTurn() }
        countDecoded(of: session)
    }

    // MARK: Requests

    private func begin(_ stream: HTTP2Stream, _ head: HTTP2RequestHead) {
        machine.streamOpened()
        share.began()
        let isHead = head.fields.contains { $0.name == ":method" && $0.value == "HEAD" }
        let exchange = HTTP2Exchange(stream, isHead: isHead)
        stream.owner = exchange
        // A client that has reset its request meanwhile pays for no look at its token.
        guard !stream.isClosed else { return }
        do throws(Problem) {
            let request = try HTTPRequest(head, headLimit: limits.headerListBytes)
            judge(request, isWhole: head.endsStream, exchange)
        } catch {
            exchange.requestID = judge.nameBeforeRules
            let origins = head.fields.filter { $0.name == "origin" }.map(\.value)
            answer(error.answer(with: judge.fieldsBeforeRules(origins: origins)), exchange)
        }
    }

    /// - Parameter isWhole: whether nothing of the request is still to come.
    func judge(_ request: HTTPRequest, isWhole: Bool, _ exchange: HTTP2Exchange) {
        let verdict = judge.judge(request, from: &peer)
        exchange.asking = (request, peer.user, peer.address)
        exchange.requestID = peer.requestID
        if !peer.isStranger { held.becomeKnown() }
        switch verdict {
        case .answer(let whole): answer(whole, exchange)
        case .collect(let plan): collect(plan, request, isWhole: isWhole, exchange)
        case .stream(let plan): open(plan, exchange)
        case .postponed(let postponement): wait(for: postponement, request, isWhole: isWhole, exchange)
        }
    }

    /// Answers a request that nothing has been done for: where there is no room for the answer, it may be tried again
    /// (RFC 9113 §8.7).
    func answer(_ answer: Answer, _ exchange: HTTP2Exchange) {
        guard hold(HTTP2Exchange.overhead + answer.ownBytes, for: exchange) else { return refuse(exchange) }
        send(answer, for: exchange)
    }

    func refuse(_ exchange: HTTP2Exchange) {
        tell(Problem.heldFull.code, .serviceUnavailable, exchange)
        session?.reset(exchange.stream, .refusedStream)
    }

    private func collect(
        _ plan: BodyPlan, _ request: HTTPRequest, isWhole: Bool, _ exchange: HTTP2Exchange
    ) {
        // Nothing is gained by waiting for a body that says that it is too large.
        let received = exchange.body.readableBytes
        guard max(request.headerFields.declaredLength ?? 0, received) <= plan.limit else {
            return answer(plan.tooLarge(), exchange)
        }
        exchange.machine.collects(limit: plan.limit, received: received, until: deadline(in: times.body))
        exchange.plan = plan
        // Not by an answer: those that are not taken would be held, too. The head is kept until then, for who asks why
        // a request was refused.
        guard hold(Postponement.heldBytes(of: request) + received, for: exchange) else { return refuse(exchange) }
        letSendOn(behind: received, exchange)
        if isWhole { return receiveEnd(of: exchange.stream) }
        guard request.expectsContinue else { return }
        // RFC 9110 §10.1.1: the judge has let the request in, so the client may send its body.
        session?.respondInterim([HTTP2Field(":status", "100")], on: exchange.stream)
    }

    private func receive(_ bytes: ByteBuffer, on stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange else { return }
        let count = bytes.readableBytes
        switch exchange.machine.receivedBody(byteCount: count) {
        case .discard:
            session?.credit(count, of: stream, onStream: exchange.machine.letsFinish)
        case .append where exchange.plan?.keepsBody == false:
            session?.credit(count, of: stream)
        case .append where !hold(exchange.heldBytes + count, for: exchange):
            if let plan = exchange.plan { send(plan.noRoom(), for: exchange) }
            session?.credit(count, of: stream)
        case .keep: keep(bytes, exchange)
        case .append:
            exchange.body.writeImmutableBuffer(bytes)
            bodyBytes += count
            creditKept(count, of: exchange)
        case .refuse:
            if let plan = exchange.plan { send(plan.tooLarge(), for: exchange) }
            session?.credit(count, of: stream)
        }
    }

    /// Lets the client send on behind what is kept of its body: on the stream, and on the connection while it holds no
    /// more than it may.
    func creditKept(_ count: Int, of exchange: HTTP2Exchange) {
        if bodyBytes <= limits.heldBodyBytes {
            session?.credit(count, of: exchange.stream)
        } else {
            session?.creditStream(count, of: exchange.stream)
        }
    }

    private func linger(_ stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange else { return }
        exchange.machine.lingers(until: deadline(in: times.linger))
    }

    private func receiveEnd(of stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange, exchange.machine.receivedEnd() else { return }
        // A body can have an answer many times its size. A client that takes none gets no more of them made.
        guard answerBytes < limits.heldAnswerBytes else { return postponed.append(exchange) }
        respond(to: exchange)
    }

    private func respond(to exchange: HTTP2Exchange) {
        guard let plan = exchange.plan else { return }
        share.handled(bodyBytes: exchange.body.readableBytes)
        // Before anything is done: an answer that is owed is given, be there room or not.
        let expected = exchange.body.readableBytes * plan.growth
        guard held.hasRoom(for: expected) || !plan.keepsBody else { return send(plan.noRoom(), for: exchange) }
        let body = exchange.body
        // It is counted until it has been looked at, or answered.
        exchange.body = ByteBuffer()
        exchange.bodyInUse = body.readableBytes
        exchange.plan = nil
        defer { dropBody(of: exchange) }
        let eventLoop = eventLoop
        let bound = NIOLoopBound((handler: self, exchange: exchange), eventLoop: eventLoop)
        plan.respond(body) { answer in
            let finish = { @Sendable in bound.value.handler.answered(answer, bound.value.exchange) }
            eventLoop.inEventLoop ? finish() : eventLoop.execute(finish)
        }
    }

    /// Has those answered that waited for others to be taken.
    func respondToPostponed() {
        while !share.isUsedUp, answerBytes < limits.heldAnswerBytes, let exchange = postponed.popFirst() {
            if !exchange.stream.isClosed { respond(to: exchange) }
        }
        if share.isUsedUp, !postponed.isEmpty { callForTurn() }
    }

    private func dropBody(of exchange: HTTP2Exchange) {
        let count = exchange.body.readableBytes + exchange.bodyInUse
        exchange.body = ByteBuffer()
        exchange.bodyInUse = 0
        exchange.plan = nil
        dropBody(of: exchange, count: count)
    }

    func dropBody(of exchange: HTTP2Exchange, count: Int) {
        bodyBytes -= count
        release(count, of: exchange)
        // What was held back because there were too many bytes is let go of with them.
        session?.credit(.max, of: exchange.stream, onStream: false)
    }

    // MARK: Answers

    private func answered(_ answer: Answer, _ exchange: HTTP2Exchange) {
        send(answer, for: exchange)
        flush()
    }

    func send(_ answer: Answer, for exchange: HTTP2Exchange) {
        // A client that has reset its request meanwhile holds nothing of it any more.
        guard !exchange.stream.isClosed, exchange.machine.answers(until: deadline(in: times.body)), let session
        else { return }
        dropBody(of: exchange)
        holdOnly(HTTP2Exchange.overhead + answer.ownBytes, for: exchange)
        exchange.answerBytes = answer.ownBytes
        answerBytes += answer.ownBytes
        if let reason = answer.refusal { tell(reason, answer.status, exchange) }
        exchange.asking = nil
        session.respond(
            answer.http2Fields(date: date, requestID: exchange.requestID), body: exchange.isHead ? nil : answer.body,
            endsStream: true,
            on: exchange.stream)
        exchange.isLast = answer.isLast
    }

    private func tell(_ reason: String, _ status: HTTPResponse.Status, _ exchange: HTTP2Exchange) {
        metrics.refused(
            Refusal(
                reason, status: status, request: exchange.asking?.request, user: exchange.asking?.user,
                client: exchange.asking?.address ?? peer.connectedFrom, requestID: exchange.requestID))
    }

    func timedOut(_ exchange: HTTP2Exchange) {
        switch exchange.machine.timedOut() {
        case .nothing: break
        case .judgeAnew: resumeInTurn(exchange)
        case .refuse:
            let answer = exchange.plan?.answer(refusing: .requestTimeout) ?? Problem.requestTimeout.answer(with: [:])
            send(answer, for: exchange)
        // A socket that takes nothing takes no reset either.
        case .reset where !isWritable && eventStreams == 0: cutOff()
        case .reset: session?.reset(exchange.stream, .cancel)
        case .stop: session?.reset(exchange.stream, .noError)
        }
    }

    // MARK: Streams

    private func open(_ plan: any StreamPlan, _ exchange: HTTP2Exchange) {
        // While the request waited, its client has closed its side: see ``inputClosed()``.
        guard !machine.isInputClosed else { return cutOff(exchange) }
        let outlet = HTTP2StreamOutlet(exchange, on: self, queueLimit: limits.streamQueueBytes)
        do throws(StreamRefusal) {
            try plan.open(.http2(outlet), on: eventLoop) { answer in
                exchange.machine.streams()
                exchange.outlet = outlet
                exchange.asking = nil
                // The hub counts what a stream holds. What its request held while it waited is not kept for hours.
                dropBody(of: exchange)
                release(exchange.heldBytes, of: exchange)
                eventStreams += 1
                let fields = answer.http2Fields(date: date, isStream: true, requestID: exchange.requestID)
                exchange.requestID = nil
                session?.respond(fields, body: nil, endsStream: false, on: exchange.stream)
            }
        } catch {
            answer(error.answer, exchange)
        }
    }

    /// Ends an event stream behind what was written.
    func finish(_ exchange: HTTP2Exchange) {
        guard exchange.machine.answers(until: deadline(in: times.body)) else { return }
        session?.finish(exchange.stream)
        flush()
    }

    /// Ends an event stream at once: its client reads nothing. The connection's other streams go on.
    func cutOff(_ exchange: HTTP2Exchange) {
        session?.reset(exchange.stream, .cancel)
        flush()
    }

    // MARK: Endings

    /// The client sends nothing more. Whole requests are answered (RFC 8446 §6.1: only its direction has ended); the
    /// others can't become whole any more, and event streams end: see ``HTTP1StreamHandler``.
    func inputClosed() {
        for stream in session?.openStreams ?? [] {
            guard let exchange = stream.owner as? HTTP2Exchange, !exchange.machine.isOwed else { continue }
            session?.reset(stream, .cancel)
        }
        act(machine.inputClosed(at: now))
        flush()
        wake()
    }

    private func closed(_ stream: HTTP2Stream) {
        let isLast = (stream.owner as? HTTP2Exchange)?.isLast ?? false
        gone(stream)
        act(machine.streamClosed(at: now))
        // Behind all of the answer: RFC 9113 §6.8 lets a GOAWAY come before, and clients drop what follows it.
        if isLast { act(machine.quiesces(at: now)) }
        respondToPostponed()
        wake()
    }

    /// Lets go of a request whose stream is closed.
    func gone(_ stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange else { return }
        stream.owner = nil
        giveUpWaiting(exchange)
        dropBody(of: exchange)
        answerBytes -= exchange.answerBytes
        exchange.answerBytes = 0
        release(exchange.heldBytes, of: exchange)
        guard let outlet = exchange.outlet else { return }
        exchange.outlet = nil
        eventStreams -= 1
        forget(outlet)
        outlet.closed()
    }
}

// MARK: - The account

extension HTTP2ConnectionHandler {
    /// Has a request hold as much of the account as `count`, if there is room.
    func hold(_ count: Int, for exchange: HTTP2Exchange) -> Bool {
        let more = count - exchange.heldBytes
        guard more > 0 else { return true }
        guard held.take(more) else { return false }
        exchange.heldBytes += more
        return true
    }

    /// Has a request hold as much of the account as `count`, be there room or not, and no more.
    private func holdOnly(_ count: Int, for exchange: HTTP2Exchange) {
        let more = count - exchange.heldBytes
        guard more > 0 else { return release(-more, of: exchange) }
        held.overdraw(more)
        exchange.heldBytes = count
    }

    func release(_ count: Int, of exchange: HTTP2Exchange) {
        let count = min(count, exchange.heldBytes)
        held.release(count)
        exchange.heldBytes -= count
    }
}
