// Which requests have spans, what these are called in other programs' eyes, and how they are written.

import Dispatch
import HTTPServing
import Logging
import Synchronization
import Testing
import Tracing

@testable import GatewayServer

@Suite struct SpanTracerTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    private final class Finished: Sendable {
        private let spans = Mutex<[FinishedSpan]>([])
        var all: [FinishedSpan] { spans.withLock { $0 } }
        @Sendable func take(_ span: FinishedSpan) { spans.withLock { $0.append(span) } }
    }

    /// A moment that a test chooses.
    private struct Moment: TracerInstant {
        let nanosecondsSinceEpoch: UInt64
        static func < (left: Moment, right: Moment) -> Bool {
            left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)
        var count: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }

    private struct Fields: Extractor, Injector {
        func extract(key: String, from fields: [String: String]) -> String? { fields[key] }
        func inject(_ value: String, forKey key: String, into fields: inout [String: String]) { fields[key] = value }
    }

    private let finished = Finished()

    private func tracer(share: Int, random: UInt64 = 7) -> SpanTracer {
        SpanTracer(share: share, random: { random }, finished: finished.take)
    }

    private func context(_ tracer: SpanTracer, _ traceParent: String?) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        tracer.extract(traceParent.map { ["traceparent": $0] } ?? [:], into: &context, using: Fields())
        return context
    }

    @Test func aSpanGoesOnWhereItsCallerIs() throws {
        let tracer = tracer(share: 0)
        let context = context(tracer, "00-\(Self.trace)-\(Self.span)-01")
        let request = tracer.startSpan("request", context: context, at: Moment(nanosecondsSinceEpoch: 1000))
        let child = tracer.startSpan("publish.append", context: request.context)
        child.end()
        var fields: [String: String] = [:]
        tracer.inject(request.context, into: &fields, using: Fields())
        request.end(at: Moment(nanosecondsSinceEpoch: 3500))
        request.end(at: Moment(nanosecondsSinceEpoch: 9999))
        let all = finished.all
        #expect(all.map(\.name) == ["publish.append", "request"])
        #expect(all.allSatisfy { $0.trace == Self.trace })
        #expect(all[1].parent == Self.span && all[0].parent == all[1].span)
        #expect(all[1].start == 1000 && all[1].nanoseconds == 2500)
        #expect(fields == ["traceparent": "00-\(Self.trace)-\(all[1].span)-01"])
    }

    /// W3C Trace Context §3.2.2.5.1: whoever has begun a trace has decided whether it is recorded.
    @Test(arguments: [(0, "01", 1), (1000, "00", 0), (1000, "02", 0), (0, "03", 1)])
    func theSampledFlagDecides(share: Int, flags: String, count: Int) {
        let tracer = tracer(share: share)
        let span = tracer.startSpan("request", context: context(tracer, "00-\(Self.trace)-\(Self.span)-\(flags)"))
        #expect(span.isRecording == (count == 1))
        span.attributes["a"] = 1
        span.end()
        #expect(finished.all.count == count)
    }

    @Test(arguments: [nil, "00-\(trace)", "nonsense", "00-\(String(repeating: "0", count: 32))-\(span)-01"])
    func whoComesWithoutATraceHasItsShare(traceParent: String?) {
        for (random, isRecorded) in [(0, true), (249, true), (250, false), (999, false), (1000, true)] {
            let tracer = tracer(share: 250, random: UInt64(random))
            let span = tracer.startSpan("request", context: context(tracer, traceParent))
            #expect(span.isRecording == isRecorded, "\(random)")
            span.end()
        }
        #expect(finished.all.allSatisfy { $0.trace.utf8.count == 32 && $0.span.utf8.count == 16 && $0.parent == nil })
        #expect(finished.all.allSatisfy { $0.trace.utf8.contains { $0 != 0x30 } }, "never all zero")
    }

    @Test func whatNobodyEndsIsToldOfAsUnanswered() {
        _ = tracer(share: 1000).startSpan("request", context: .topLevel)
        #expect(finished.all.count == 1)
        #expect(finished.all.first?.attributes.get("error.type") == .string("unanswered"))
        #expect(finished.all.first?.isError == true)
    }

    @Test func aSpanIsALineWithinItsQuota() async throws {
        let (lines, leftOut, thread) = (KeptLines(), Counter(), LineThread())
        let count: @Sendable () -> Void = { leftOut.add() }
        let log = SpanLog(QuotaLog("Span.", to: lines.logger(), lines: 2, leftOut: count), on: thread, leftOut: count)
        var span = FinishedSpan(
            name: "request", kind: .server, trace: Self.trace, span: Self.span, parent: nil, start: 17)
        span.nanoseconds = 2_500_000
        span.attributes["user.id"] = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
        span.attributes["url.path"] = "/v1/a\nb"
        span.attributes["http.response.status_code"] = 200
        for _ in 0..<5 { log.write(span) }
        await thread.end()
        #expect(lines.all.map(\.message) == ["Span.", "Span."])
        #expect(leftOut.count == 3)
        let line = try #require(lines.all.first)
        #expect(line["name"] == "request" && line["trace"] == Self.trace && line["span"] == Self.span)
        #expect(line["seconds"] == "0.0025" && line["start_nanoseconds"] == "17" && line["parent"] == nil)
        guard case .dictionary(let attributes) = line.metadata["attributes"] else {
            Issue.record("no attributes")
            return
        }
        #expect(attributes["user.id"] == "(looks like a token)")
        #expect(attributes["url.path"] == "/v1/a\\x0Ab")
        #expect("\(attributes["http.response.status_code"] ?? "")" == "200")
    }

    /// Who asks for spans by a traceparent leaves the audit its room.
    @Test func spansMayWaitInHalfOfTheRoom() async {
        let (lines, leftOut, thread) = (KeptLines(), Counter(), LineThread())
        let gate = DispatchSemaphore(value: 0)
        #expect(thread.run(0) { gate.wait() })
        let log = SpanLog(QuotaLog("Span.", to: lines.logger(), lines: 1_000_000), on: thread) { leftOut.add() }
        var span = FinishedSpan(
            name: "request", kind: .server, trace: Self.trace, span: Self.span, parent: nil, start: 17)
        span.attributes["url.path"] = String(repeating: "a", count: 8000)
        var count = 0
        while leftOut.count == 0, count < 1000 {
            log.write(span)
            count += 1
        }
        #expect((200...(SpanLog.mostBytes / 8000)).contains(count), "by their bytes")
        #expect(SpanLog.mostBytes == 2 << 20, "the article says so")
        #expect(thread.run(SpanLog.mostBytes - 10_000) {}, "the audit's half is there")
        gate.signal()
        await thread.end()
        #expect(lines.all.count == count - 1)
    }

    @Test func byDefaultThereAreNone() {
        let tracer = GatewayConfiguration.Tracing().tracer { _ in }
        #expect(tracer == nil)
    }
}
