// The tracer that the settings ask for.

internal import Tracing

extension GatewayConfiguration.Tracing {
    /// - Parameter finished: told of each recorded span.
    /// - Returns: nothing where no spans are wished.
    func tracer(_ finished: @escaping @Sendable (FinishedSpan) -> Void) -> (any Tracer)? {
        spans ? SpanTracer(share: share, finished: finished) : nil
    }
}
