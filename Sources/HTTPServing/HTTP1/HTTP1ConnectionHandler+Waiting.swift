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
            // Never at once: whoever waits has not returned yet. And in turn: a key that comes ends many waits.
            eventLoop.execute {
                let (handler, context, postponement) = bound.value
                handler.turns.later { handler.resume(postponement, context) }
            }
        }
    }

    /// - Returns: how much that was of a turn, with the requests behind it.
    private func resume(_ postponement: Postponement, _ context: ChannelHandlerContext) -> Int {
        guard self.postponement === postponement else { return 0 }
        share.begins()
        resume(context)
        return TurnShare.postponedUnits + share.taken
    }

    /// The request has waited for long enough. So have others, when keys do not come: they began in the same moment.
    func resumeInTurn(_ context: ChannelHandlerContext) {
        guard let postponement else { return }
        turns.later { self.resume(postponement, context) }
    }

    /// Judges the request anew: what it waited for is here, or its time is over.
    private func resume(_ context: ChannelHandlerContext) {
        giveUpWaiting()
        guard machine.resumes(), let request = requests.last, let facts = requests.facts else { return }
        goOn(context) {
            peer.hasWaited = true
            judge(request, facts, context)
            peer.hasWaited = false
        }
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
