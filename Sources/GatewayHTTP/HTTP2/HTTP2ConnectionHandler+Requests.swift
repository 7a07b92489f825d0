// From events to verdicts, and from verdicts to responses and streams.

internal import EventHub
internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore

extension HTTP2ConnectionHandler {
    func handleEvents(of session: HTTP2Session) {
        while let event = session.nextEvent() {
            switch event {
            case .request(let stream, let head): begin(stream, head)
            case .data(let stream, let bytes): receive(bytes, on: stream)
            case .end(let stream): receiveEnd(of: stream)
            case .responded(let stream): linger(stream)
            case .closed(let stream, _): closed(stream)
            case .pong: act(machine.ponged())
            }
        }
    }

    // MARK: Requests

    private func begin(_ stream: HTTP2Stream, _ head: HTTP2RequestHead) {
        machine.streamOpened()
        let isHead = head.fields.contains { $0.name == ":method" && $0.value == "HEAD" }
        let exchange = HTTP2Exchange(stream, isHead: isHead)
        stream.owner = exchange
        // A client that has reset its request meanwhile pays for no look at its token.
        guard !stream.isClosed else { return }
        do throws(Problem) {
            let request = try HTTPRequest(head, headLimit: limits.headerListBytes)
            switch judge.judge(request, from: &peer) {
            case .answer(let answer): send(answer, for: exchange)
            case .collect(let plan): collect(plan, request, head, exchange)
            case .stream(let plan): open(plan, exchange)
            }
        } catch {
            send(error.answer, for: exchange)
        }
    }

    private func collect(
        _ plan: BodyPlan, _ request: HTTPRequest, _ head: HTTP2RequestHead, _ exchange: HTTP2Exchange
    ) {
        exchange.machine.collects(limit: plan.limit, until: deadline(in: times.body))
        exchange.plan = plan
        if head.endsStream { return receiveEnd(of: exchange.stream) }
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
        case .append:
            exchange.body.writeImmutableBuffer(bytes)
            heldBytes += count
            if heldBytes <= limits.heldBodyBytes {
                session?.credit(count, of: stream)
            } else {
                session?.creditStream(count, of: stream)
            }
        case .refuse:
            if let plan = exchange.plan { send(plan.tooLarge(), for: exchange) }
            session?.credit(count, of: stream)
        }
    }

    private func linger(_ stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange else { return }
        exchange.machine.lingers(until: deadline(in: times.linger))
    }

    private func receiveEnd(of stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange, exchange.machine.receivedEnd(), let plan = exchange.plan
        else { return }
        let body = exchange.body
        dropBody(of: exchange)
        let eventLoop = eventLoop
        let bound = NIOLoopBound((handler: self, exchange: exchange), eventLoop: eventLoop)
        plan.respond(body) { answer in
            let finish = { @Sendable in bound.value.handler.answered(answer, bound.value.exchange) }
            eventLoop.inEventLoop ? finish() : eventLoop.execute(finish)
        }
    }

    private func dropBody(of exchange: HTTP2Exchange) {
        heldBytes -= exchange.body.readableBytes
        exchange.body = ByteBuffer()
        exchange.plan = nil
        // What was held back because there were too many bytes is let go of with them.
        session?.credit(.max, of: exchange.stream, onStream: false)
    }

    // MARK: Answers

    private func answered(_ answer: Answer, _ exchange: HTTP2Exchange) {
        send(answer, for: exchange)
        flush()
    }

    private func send(_ answer: Answer, for exchange: HTTP2Exchange) {
        guard exchange.machine.answers(until: deadline(in: times.body)), let session else { return }
        dropBody(of: exchange)
        if let reason = answer.refusal { metrics.refused(reason) }
        session.respond(
            answer.http2Fields(date: date), body: exchange.isHead ? nil : ByteBuffer(bytes: answer.body),
            endsStream: true,
            on: exchange.stream)
        if answer.isLast { act(machine.quiesces(at: now)) }
    }

    func timedOut(_ exchange: HTTP2Exchange) {
        switch exchange.machine.timedOut() {
        case .nothing: break
        case .refuse: send(Problem.requestTimeout.answer, for: exchange)
        case .reset: session?.reset(exchange.stream, .cancel)
        case .stop: session?.reset(exchange.stream, .noError)
        }
    }

    // MARK: Streams

    private func open(_ plan: StreamPlan, _ exchange: HTTP2Exchange) {
        let outlet = HTTP2StreamOutlet(exchange, on: self, queueLimit: limits.streamQueueBytes)
        do throws(AdmissionRefusal) {
            let (shard, id) = try plan.attach(outlet, on: eventLoop)
            exchange.machine.streams()
            exchange.outlet = outlet
            eventStreams += 1
            let head = plan.answer(for: shard.name(of: id)).http2Fields(date: date, isStream: true)
            session?.respond(head, body: nil, endsStream: false, on: exchange.stream)
            outlet.belongs(to: shard, as: id)
            shard.assumeIsolated { $0.start(id) }
        } catch {
            send(plan.rejected(error), for: exchange)
        }
    }

    func write(_ bytes: ByteBuffer, to stream: HTTP2Stream) {
        session?.append(bytes, to: stream)
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

    /// The client sends nothing more. Whole requests are answered (RFC 8446 §6.1: only its direction has ended); the others can't
    /// become whole any more, and event streams end: see ``HTTP1StreamHandler``.
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
        gone(stream)
        act(machine.streamClosed(at: now))
        wake()
    }

    /// Lets go of a request whose stream is closed.
    func gone(_ stream: HTTP2Stream) {
        guard let exchange = stream.owner as? HTTP2Exchange else { return }
        stream.owner = nil
        dropBody(of: exchange)
        guard let outlet = exchange.outlet else { return }
        exchange.outlet = nil
        eventStreams -= 1
        forget(outlet)
        outlet.closed()
    }
}
