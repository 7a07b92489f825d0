// The answers to a client whose connection is beyond the limit. They say what to do, and cost no look at its token. A
// client whose connection is closed without an answer tries again at once.

internal import EventHub
internal import EventLog
package import HTTPServing
package import HTTPTypes

/// The rules of a connection beyond `limits.connections`.
package struct TurningAway: RequestJudge {
    private let gateway: Gateway
    private let limit: Int

    /// - Parameters:
    ///   - gateway: whose CORS rules and reconnect times hold.
    ///   - limit: how many connections there are.
    package init(gateway: Gateway, limit: Int) {
        self.gateway = gateway
        self.limit = limit
    }

    package func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        gateway.begin(request, from: &peer)
        return gateway.judge(request) { cors in
            var answer = isSubscribe(request) ? streamThatEnds(cors) : Gateway.adding(cors, to: problem.answer)
            answer.isLast = true
            return .answer(answer)
        }
    }

    package var namesRequests: Bool { true }

    package func fieldsBeforeRules(origins: [String]) -> HTTPFields { gateway.fieldsBeforeRules(origins: origins) }

    private func isSubscribe(_ request: HTTPRequest) -> Bool {
        request.method == .get && (try? RequestTarget(request.path))?.path == Route.stream.rawValue
    }

    /// `EventSource` comes back only after a 200, and after the time that it is told.
    private func streamThatEnds(_ cors: HTTPFields) -> Answer {
        let word = EventFrame(rejected: problem.code, detail: problem.detail, isRetryable: true)
        return Answer(
            streamThatEndsWith: word, gateway.hub.retryMilliseconds, Gateway.streamFields + cors, refusal: problem.code)
    }

    private var problem: Problem {
        Problem(
            .serviceUnavailable, "connections-limit",
            "This gateway has its \(limit) connections open (limits.connections). Try again later.",
            fields: [.retryAfter: "\(gateway.hub.retryMilliseconds / 1000 + 1)"])
    }
}
