// A request as a span of its trace (swift-distributed-tracing), where spans are asked for (`tracing.spans`). One
// comparison tells that they are not.

internal import EventHub
internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import Tracing

extension Gateway {
    /// Judges a request within a span, which ends with the answer.
    func judged(_ request: HTTPRequest, from peer: inout Peer, by tracer: any Tracer) -> Verdict {
        // The gateway's own streams are nobody's requests.
        guard canary?.admits(request) != true else { return judged(request, from: &peer) }
        var context = InstrumentationContext.topLevel
        tracer.extract(request.headerFields, into: &context, using: FieldExtractor())
        let span: any Tracing.Span = tracer.startSpan("request", context: context, ofKind: .server)
        guard span.isRecording else { return judged(request, from: &peer) }
        // What is judged finds its parent there: the body may come much later, and on another thread.
        let verdict = InstrumentationContext.$current.withValue(span.context) { judged(request, from: &peer) }
        span.describe(request, from: peer)
        switch verdict {
        case .answer(let answer):
            span.end(with: answer)
            return verdict
        case .collect(let plan): return .collect(plan.within(span))
        case .stream(let plan): return .stream(TracedStreamPlan(plan: plan, request: span, tracer: tracer))
        case .postponed:
            // It is judged anew, which is another span.
            span.attributes["sluice.postponed"] = true
            span.end()
            return verdict
        }
    }
}

/// A stream that may be opened, with a span of its opening.
private struct TracedStreamPlan: StreamPlan {
    let plan: any StreamPlan
    let request: any Tracing.Span
    let tracer: any Tracer

    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        let opening: any Tracing.Span = tracer.startSpan("stream.open", context: request.context)
        do throws(StreamRefusal) {
            try plan.open(body, on: eventLoop) { answer in
                request.note(answer)
                begin(answer)
            }
            opening.end()
            request.end()
        } catch {
            opening.fail(error.answer.refusal ?? "refused")
            request.end(with: error.answer)
            throw error
        }
    }
}

extension BodyPlan {
    /// The same, which ends a span with its answer, be it the connection's own. A span without one is nobody's: the
    /// client has left.
    fileprivate func within(_ span: any Tracing.Span) -> BodyPlan {
        BodyPlan(
            limit: limit, keepsBody: keepsBody, growth: growth, fields: fields, tooLarge: tooLarge,
            noteOwn: { span.end(with: $0) }
        ) { [respond] body, answered in
            respond(body) { answer in
                span.end(with: answer)
                answered(answer)
            }
        }
    }
}

/// The spans of one publish, below its request's.
struct PublishSpans: Sendable {
    let tracer: any Tracer
    let context: InstrumentationContext

    /// Nothing where the request that is being judged is in no span.
    init?(_ tracer: (any Tracer)?) {
        guard let tracer, let context = InstrumentationContext.current else { return nil }
        (self.tracer, self.context) = (tracer, context)
    }

    func start(_ name: String) -> any Tracing.Span { tracer.startSpan(name, context: context) }

    /// The time that events in the log take to their streams. It goes on behind the publisher's answer.
    func time(_ events: [NewEvent], through hub: EventHub) {
        let span = start("publish.tell")
        hub.afterDelivery(to: events.map(\.audience)) { span.end() }
    }
}

extension PublishSpans? {
    /// Looks at what is to be published.
    func checking<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
        guard let self else { return try body() }
        let span = self.start("publish.check")
        do throws(Problem) {
            let result = try body()
            span.end()
            return result
        } catch {
            span.fail(error.code)
            throw error
        }
    }
}

/// The names of the fields are OpenTelemetry's (semantic conventions of HTTP spans).
extension Tracing.Span {
    fileprivate func describe(_ request: HTTPRequest, from peer: Peer) {
        updateAttributes { attributes in
            attributes["http.request.method"] = request.method.rawValue
            // Without its query, which may hold a token.
            attributes["url.path"] = String(
                decoding: (request.path ?? "").utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
            attributes["sluice.request"] = peer.requestID?.text
            attributes["user.id"] = peer.user
        }
    }

    fileprivate func note(_ answer: Answer) { attributes["http.response.status_code"] = Int(answer.status.code) }

    fileprivate func end(with answer: Answer) {
        note(answer)
        attributes["error.type"] = answer.refusal
        if answer.status.kind == .serverError { setStatus(SpanStatus(code: .error)) }
        end()
    }

    func fail(_ code: String) {
        attributes["error.type"] = code
        setStatus(SpanStatus(code: .error))
        end()
    }
}

private struct FieldExtractor: Extractor {
    /// A field that stands there twice says nothing (W3C Trace Context §3.2).
    func extract(key: String, from fields: HTTPFields) -> String? {
        guard let name = HTTPField.Name(key) else { return nil }
        let values = fields[values: name]
        return values.count == 1 ? values[0] : nil
    }
}
