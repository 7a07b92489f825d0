// The tracer behind `tracing.spans`: it decides which requests are recorded, and gives their spans names that go on in
// other programs (W3C Trace Context). What becomes of a finished span is another's matter.

internal import HTTPServing
internal import Tracing

/// A tracer of swift-distributed-tracing. Called on any thread.
struct SpanTracer: Tracer {
    /// Of so many requests that no trace of a caller decides about…
    static let whole = 1000
    /// …this many are recorded.
    private let share: Int
    private let random: @Sendable () -> UInt64
    private let finished: @Sendable (FinishedSpan) -> Void

    /// - Parameters:
    ///   - share: of 1000 requests that come without a `traceparent`, so many are recorded.
    ///   - random: 64 random bits.
    ///   - finished: told of each recorded span once it is over.
    init(
        share: Int, random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) },
        finished: @escaping @Sendable (FinishedSpan) -> Void
    ) {
        (self.share, self.random, self.finished) = (share, random, finished)
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> RecordedSpan {
        var context = context()
        let parent = context[TraceParentKey.self]
        // A caller that records its part, or does not, has decided for ours (W3C Trace Context §3.2.2.5.1).
        guard parent?.isSampled ?? (random() % UInt64(Self.whole) < UInt64(share)) else {
            return RecordedSpan(name: operationName, context: context)
        }
        let trace = parent?.trace ?? Self.digits(random()) + Self.digits(random())
        let own = TraceParent(trace: trace, span: Self.digits(random()), isSampled: true)
        context[TraceParentKey.self] = own
        let span = FinishedSpan(
            name: operationName, kind: kind, trace: trace, span: own.span, parent: parent?.span,
            start: instant().nanosecondsSinceEpoch)
        return RecordedSpan(span, context: context, finished: finished)
    }

    /// 16 hexadecimal digits that are not all zero.
    private static func digits(_ number: UInt64) -> String {
        let text = String(max(number, 1), radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let text = extractor.extract(key: TraceParent.name, from: carrier) else { return }
        context[TraceParentKey.self] = TraceParent(text)
    }

    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let parent = context[TraceParentKey.self] else { return }
        injector.inject(parent.text, forKey: TraceParent.name, into: &carrier)
    }
}

/// Which span something is within.
private enum TraceParentKey: InstrumentationContextKey {
    typealias Value = TraceParent
    static var nameOverride: String? { TraceParent.name }
}
