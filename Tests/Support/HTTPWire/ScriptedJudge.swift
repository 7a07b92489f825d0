package import HTTPServing
package import HTTPTypes
internal import NIOConcurrencyHelpers
package import NIOCore

/// A listener's rules as a test needs them. Remembers what it was asked.
package struct ScriptedJudge: RequestJudge {
    private let verdict: @Sendable (HTTPRequest) -> Verdict
    private let asked = NIOLockedValueBox<[HTTPRequest]>([])

    package init(_ verdict: @escaping @Sendable (HTTPRequest) -> Verdict) {
        self.verdict = verdict
    }

    /// The requests in their order.
    package var requests: [HTTPRequest] { asked.withLockedValue { $0 } }
    /// Their targets.
    package var paths: [String] { requests.compactMap(\.path) }

    package func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        asked.withLockedValue { $0.append(request) }
        return verdict(request)
    }

    /// Answers each request with its path, and one with a body with that.
    package static func echo(limit: Int = 1024) -> ScriptedJudge {
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
    package static func text(_ text: String) -> Answer {
        Answer(.ok, fields: [.contentType: "text/plain"], body: Array(text.utf8))
    }

    package static let tooLarge = Answer(.contentTooLarge, body: Array("too large".utf8), refusal: "body-too-large")
}

/// A stream that is open, and silent until a test has something written.
package struct SilentStream: StreamPlan {
    private struct Source: StreamSource {
        func becameWritable() {}
        func closed() {}
    }

    package init() {}

    package func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        body.belongs(to: Source())
        begin(Answer(.ok))
    }
}

/// Answers that a log's completion gives later, from a thread of its own.
package final class LateAnswers: Sendable {
    private let waiting = NIOLockedValueBox<[@Sendable () -> Void]>([])

    package init() {}

    package var count: Int { waiting.withLockedValue { $0.count } }

    /// Takes a body that is answered with itself when ``release()`` says so.
    package func plan(limit: Int = 1024) -> BodyPlan {
        let waiting = waiting
        return BodyPlan(limit: limit, tooLarge: { .tooLarge }) { body, respond in
            waiting.withLockedValue { $0.append { respond(.text(String(buffer: body))) } }
        }
    }

    /// Answers the request that has waited longest. False when none waits.
    package func release() -> Bool {
        guard let answer = waiting.withLockedValue({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
        answer()
        return true
    }
}

/// Counts refusals by reason.
package struct RefusalCounter: HTTPMetrics {
    private let counted = NIOLockedValueBox<[String]>([])

    package init() {}

    /// In their order.
    package var reasons: [String] { counted.withLockedValue { $0 } }

    package func refused(_ reason: String) { counted.withLockedValue { $0.append(reason) } }
}
