import HTTPTypes
import NIOConcurrencyHelpers
import NIOCore

@testable import GatewayHTTP

/// A listener's rules as a test needs them. Remembers what it was asked.
struct ScriptedJudge: RequestJudge {
    private let verdict: @Sendable (HTTPRequest) -> Verdict
    private let asked = NIOLockedValueBox<[HTTPRequest]>([])

    init(_ verdict: @escaping @Sendable (HTTPRequest) -> Verdict) {
        self.verdict = verdict
    }

    /// The requests in their order.
    var requests: [HTTPRequest] { asked.withLockedValue { $0 } }
    /// Their targets.
    var paths: [String] { requests.compactMap(\.path) }

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        asked.withLockedValue { $0.append(request) }
        return verdict(request)
    }

    /// Answers each request with its path, and one with a body with that.
    static func echo(limit: Int = 1024) -> ScriptedJudge {
        ScriptedJudge { request in
            guard request.method == .post else { return .answer(.text(request.path ?? "")) }
            return .collect(
                BodyPlan(limit: limit, tooLarge: { .tooLarge }) { body, respond in
                    respond(.text(String(buffer: body)))
                })
        }
    }
}

extension Answer {
    static func text(_ text: String) -> Answer {
        Answer(.ok, fields: [.contentType: "text/plain"], body: Array(text.utf8))
    }

    static let tooLarge = Answer(.contentTooLarge, body: Array("too large".utf8), refusal: "body-too-large")
}

/// Answers that a log's completion gives later, from a thread of its own.
final class LateAnswers: Sendable {
    private let waiting = NIOLockedValueBox<[@Sendable () -> Void]>([])

    var count: Int { waiting.withLockedValue { $0.count } }

    /// Takes a body that is answered with itself when ``release()`` says so.
    func plan(limit: Int = 1024) -> BodyPlan {
        let waiting = waiting
        return BodyPlan(limit: limit, tooLarge: { .tooLarge }) { body, respond in
            waiting.withLockedValue { $0.append { respond(.text(String(buffer: body))) } }
        }
    }

    /// Answers the request that has waited longest. False when none waits.
    func release() -> Bool {
        guard let answer = waiting.withLockedValue({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
        answer()
        return true
    }
}

/// Counts refusals by reason.
struct RefusalCounter: HTTPMetrics {
    private let counted = NIOLockedValueBox<[String]>([])

    /// In their order.
    var reasons: [String] { counted.withLockedValue { $0 } }

    func refused(_ reason: String) { counted.withLockedValue { $0.append(reason) } }
}
