// A request over HTTP/2 that its rules have postponed. What comes of its body is kept, as far as its window is open.
// The connection's other requests do not notice.

internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore

extension HTTP2ConnectionHandler {
    func wait(
        for postponement: Postponement, _ request: HTTPRequest, isWhole: Bool, _ exchange: HTTP2Exchange
    ) {
        guard hold(exchange.heldBytes + Postponement.heldBytes(of: request), for: exchange) else {
            postponement.giveUp()
            return refuse(exchange)
        }
        exchange.machine.postpones(isWhole: isWhole, until: deadline(in: postponement.limit))
        exchange.postponement = postponement
        let bound = NIOLoopBound(
            (handler: self, exchange: exchange, postponement: postponement), eventLoop: eventLoop)
        postponement.whenOver { [eventLoop] in
            // Never at once: whoever waits has not returned yet. And in turn: a key that comes ends many waits.
            eventLoop.execute {
                let (handler, exchange, postponement) = bound.value
                handler.turns.later { handler.resume(exchange, behind: postponement) }
            }
        }
    }

    /// - Returns: how much that was of a turn, with its body if that was here.
    private func resume(_ exchange: HTTP2Exchange, behind postponement: Postponement) -> Int {
        guard exchange.postponement === postponement else { return 0 }
        let before = share.taken
        resume(exchange)
        flush()
        wake()
        return TurnShare.postponedUnits + share.taken - before
    }

    /// The request has waited for long enough. So have others, when keys do not come: they began in the same moment.
    func resumeInTurn(_ exchange: HTTP2Exchange) {
        guard let postponement = exchange.postponement else { return }
        turns.later { self.resume(exchange, behind: postponement) }
    }

    /// Judges the request anew: what it waited for is here, or its time is over.
    private func resume(_ exchange: HTTP2Exchange) {
        giveUpWaiting(exchange)
        guard let isWhole = exchange.machine.resumes(), let request = exchange.asking?.request else { return }
        peer.hasWaited = true
        judge(request, isWhole: isWhole, exchange)
        peer.hasWaited = false
    }

    /// Whatever is waited for, nobody waits any more. What has come of the request's body stays with it.
    func giveUpWaiting(_ exchange: HTTP2Exchange) {
        guard let postponement = exchange.postponement.take() else { return }
        if let request = exchange.asking?.request {
            release(Postponement.heldBytes(of: request), of: exchange)
        }
        postponement.giveUp()
    }

    /// A piece of a body that nobody has asked for yet. Nothing is credited, so it is a window's worth at most.
    func keep(_ bytes: ByteBuffer, _ exchange: HTTP2Exchange) {
        guard hold(exchange.heldBytes + bytes.readableBytes, for: exchange) else {
            giveUpWaiting(exchange)
            let origins = exchange.asking?.request.headerFields[values: .origin] ?? []
            return send(Problem.heldFull.answer(with: judge.fieldsBeforeRules(origins: origins)), for: exchange)
        }
        exchange.body.writeImmutableBuffer(bytes)
        bodyBytes += bytes.readableBytes
    }

    /// The body is wanted: what has come of it while the request waited is credited, and dropped if it means nothing.
    /// A client that has filled its stream's window meanwhile could not finish otherwise.
    func letSendOn(behind count: Int, _ exchange: HTTP2Exchange) {
        guard count > 0 else { return }
        guard exchange.plan?.keepsBody == false else { return creditKept(count, of: exchange) }
        session?.credit(count, of: exchange.stream)
        exchange.body = ByteBuffer()
        dropBody(of: exchange, count: count)
    }
}
