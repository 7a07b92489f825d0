// A request over HTTP/1.1 that its rules have postponed. What follows its head stays unread, like what follows a
// request that is being answered.

internal import HTTPTypes
internal import NIOCore

extension HTTP1ConnectionHandler {
    func wait(for postponement: Postponement, _ request: HTTPRequest, _ context: ChannelHandlerContext) {
        let bytes = Postponement.heldBytes(of: request)
        guard held.take(bytes) else {
            postponement.giveUp()
            let origins = request.headerFields[values: .origin]
            return answerNow(Problem.heldFull.answer(with: judge.fieldsBeforeRules(origins: origins)), context)
        }
        machine.postpones(limit: postponement.limit)
        self.postponement = postponement
        postponedBytes = bytes
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound((handler: self, context: context, postponement: postponement), eventLoop: eventLoop)
        postponement.whenOver {
            // Never at once: whoever waits has not returned yet.
            eventLoop.execute { bound.value.handler.resume(bound.value.postponement, bound.value.context) }
        }
    }

    private func resume(_ postponement: Postponement, _ context: ChannelHandlerContext) {
        guard self.postponement === postponement else { return }
        resume(context)
    }

    /// Judges the request anew: what it waited for is here, or its time is over.
    func resume(_ context: ChannelHandlerContext) {
        giveUpWaiting()
        guard machine.resumes(), let request = requests.last, let facts = requests.facts else { return }
        isHandling = true
        peer.hasWaited = true
        judge(request, facts, context)
        peer.hasWaited = false
        isHandling = false
        handleWaiting(context)
    }

    /// Whatever is waited for, nobody waits any more.
    func giveUpWaiting() {
        guard let postponement else { return }
        self.postponement = nil
        held.release(postponedBytes)
        postponedBytes = 0
        postponement.giveUp()
    }
}
