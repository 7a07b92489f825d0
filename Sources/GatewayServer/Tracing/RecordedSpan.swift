// One span, from its start to its end: its name, what is said of it, and how long it took.

internal import Synchronization
internal import Tracing

/// What is known of a span that is over.
struct FinishedSpan: Sendable {
    var name: String
    let kind: SpanKind
    /// 32 hexadecimal digits.
    let trace: String
    /// 16 of them.
    let span: String
    let parent: String?
    /// In nanoseconds since 1970.
    let start: UInt64
    var nanoseconds: UInt64 = 0
    var attributes = SpanAttributes()
    var isError = false

    init(name: String, kind: SpanKind = .internal, trace: String, span: String, parent: String?, start: UInt64) {
        (self.name, self.kind, self.trace, self.span) = (name, kind, trace, span)
        (self.parent, self.start) = (parent, start)
    }
}

/// A span that is under way; one that is not recorded takes everything and tells of nothing.
///
/// One that nobody ends is told of when nobody holds it any more: a client that leaves before its request is complete
/// gets no answer that would end it.
final class RecordedSpan: Tracing.Span {
    let context: InstrumentationContext
    private let state: Mutex<FinishedSpan?>
    private let finished: (@Sendable (FinishedSpan) -> Void)?
    /// Of one that is not recorded, which keeps nothing else.
    private let unrecordedName: String

    init(_ span: FinishedSpan, context: InstrumentationContext, finished: @escaping @Sendable (FinishedSpan) -> Void) {
        (self.context, self.finished, unrecordedName) = (context, finished, span.name)
        state = Mutex(span)
    }

    /// One that is not recorded.
    init(name: String, context: InstrumentationContext) {
        (self.context, finished, unrecordedName) = (context, nil, name)
        state = Mutex(nil)
    }

    deinit {
        guard isRecording else { return }
        attributes["error.type"] = "unanswered"
        setStatus(SpanStatus(code: .error))
        end()
    }

    /// Whether it is recorded, and not over.
    var isRecording: Bool { state.withLock { $0 != nil } }

    var operationName: String {
        get { state.withLock { $0?.name } ?? unrecordedName }
        set { change { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { state.withLock { $0?.attributes } ?? [:] }
        set { change { $0.attributes = newValue } }
    }

    func setStatus(_ status: SpanStatus) { change { $0.isError = status.code == .error } }

    private func change(_ change: (inout FinishedSpan) -> Void) {
        state.withLock { state in
            guard var span = state.take() else { return }
            change(&span)
            state = span
        }
    }

    /// Moments within a span, and ties to spans of other traces: none of ours has any.
    func addEvent(_ event: SpanEvent) {}
    func addLink(_ link: SpanLink) {}

    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        // Its text may repeat what a peer has sent.
        self.attributes["error.type"] = "\(type(of: error))"
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard var span = state.withLock({ $0.take() }) else { return }
        let now = instant().nanosecondsSinceEpoch
        // The calendar's clock may be set back.
        span.nanoseconds = now > span.start ? now - span.start : 0
        finished?(span)
    }
}
