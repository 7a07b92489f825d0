// What a listener's rules decide about a request, before its body is read. HTTP/1.1 and HTTP/2 both carry it out.

package import HTTPTypes
package import NIOCore

/// The rules of one listener.
package protocol RequestJudge: Sendable {
    /// Decides what happens with a request.
    ///
    /// - Parameters:
    ///   - request: its head.
    ///   - peer: the client, as the connection knows it. The rules may change it.
    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict

    /// Decides about a request that is the one before it on its connection, but for the length of its body.
    ///
    /// - Parameters:
    ///   - bodyBytes: that length.
    ///   - peer: the client, as the last judgement left it.
    /// - Returns: how its body is answered, if ``judge(_:from:)`` would have it read; nothing where that has to be
    ///   asked.
    func judgeAgain(bodyBytes: Int, from peer: inout Peer) -> BodyPlan?

    /// The fields of an answer that a connection gives by itself, because the request never reached these rules.
    /// Without them a page could not read the reason.
    ///
    /// - Parameter origins: the request's `Origin` fields, as far as they were read.
    func fieldsBeforeRules(origins: [String]) -> HTTPFields

    /// Whether each request has a name. One that never reaches these rules gets one of ours.
    var namesRequests: Bool { get }
}

extension RequestJudge {
    package var namesRequests: Bool { false }

    package func judgeAgain(bodyBytes: Int, from peer: inout Peer) -> BodyPlan? { nil }

    /// What a request is called that never reached the rules.
    var nameBeforeRules: RequestID? { namesRequests ? .fresh() : nil }

    package func fieldsBeforeRules(origins: [String]) -> HTTPFields { [:] }
}

/// What happens with a request.
package enum Verdict: Sendable {
    /// Answer it now, whatever its body says.
    case answer(Answer)
    /// Read its body first.
    case collect(BodyPlan)
    /// Answer it by a response that goes on.
    case stream(any StreamPlan)
    /// Judge it anew when this is over. Its body is not read meanwhile.
    case postponed(Postponement)
}

/// How a request is answered once its body is here.
///
/// One object: a request that comes again has the same one.
package final class BodyPlan: Sendable {
    /// How many bytes the body may have.
    package let limit: Int
    /// Whether to keep the body until it is complete. A body that means nothing is only waited for.
    package let keepsBody: Bool
    /// The fields of the answer that the connection gives by itself when the body is malformed or does not come.
    package let fields: HTTPFields
    /// How many times larger than its body an answer can be. So much room is reserved before anything is done.
    package let growth: Int
    private let makeTooLarge: (@Sendable () -> Answer)?
    private let noteOwn: (@Sendable (Answer) -> Void)?
    /// Gives the answer, at once or later, on any thread.
    package let respond: @Sendable (ByteBuffer, @escaping @Sendable (Answer) -> Void) -> Void

    /// - Parameters:
    ///   - tooLarge: makes the answer for when the body has more; nothing for the gateway's own.
    ///   - noteOwn: told of an answer that the connection gives by itself instead of `respond`'s.
    package init(
        limit: Int, keepsBody: Bool = true, growth: Int = 1, fields: HTTPFields = [:],
        tooLarge: (@Sendable () -> Answer)? = nil, noteOwn: (@Sendable (Answer) -> Void)? = nil,
        respond: @escaping @Sendable (ByteBuffer, @escaping @Sendable (Answer) -> Void) -> Void
    ) {
        self.limit = limit
        self.keepsBody = keepsBody
        self.fields = fields
        self.growth = growth
        (makeTooLarge, self.noteOwn) = (tooLarge, noteOwn)
        self.respond = respond
    }

    /// The answer to a body that is too large. It is made when it is needed, which is seldom.
    package func tooLarge() -> Answer {
        noted(makeTooLarge?() ?? Problem.bodyTooLarge(limit: limit).answer(with: fields))
    }

    /// The answer when the process has no room for the body (`limits.held`).
    func noRoom() -> Answer { answer(refusing: .heldFull) }

    /// The answer when the body is malformed, or does not come.
    func answer(refusing problem: Problem) -> Answer { noted(problem.answer(with: fields)) }

    private func noted(_ answer: Answer) -> Answer {
        noteOwn?(answer)
        return answer
    }
}
