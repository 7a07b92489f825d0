// Finished spans as lines of the log, within a bound: peers cause them, and a caller's `traceparent` may ask for one.

internal import EventLog
internal import Logging
internal import Tracing

/// Writes a line for each span. Called on any thread, and never waited for: a span that finds ``mostBytes`` before it
/// is left out, and counted.
final class SpanLog: Sendable {
    /// How many bytes may wait. The other half of their thread's room is the audit's, of which no line is left out.
    static let mostBytes = LineThread.mostBytes / 2

    private let lines: QuotaLog
    private let thread: LineThread
    private let leftOut: @Sendable () -> Void

    init(_ lines: QuotaLog, on thread: LineThread, leftOut: @escaping @Sendable () -> Void) {
        (self.lines, self.thread, self.leftOut) = (lines, thread, leftOut)
    }

    @Sendable func write(_ span: FinishedSpan) {
        let isTaken = thread.run(span.cost, of: Self.mostBytes) { [lines] in
            lines.write(span.name) { Self.metadata(span) }
        }
        if !isTaken { leftOut() }
    }

    private static func metadata(_ span: FinishedSpan) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "name": "\(span.name)", "trace": "\(span.trace)", "span": "\(span.span)",
            "start_nanoseconds": .stringConvertible(span.start),
            "seconds": .stringConvertible(Double(span.nanoseconds) / 1_000_000_000),
        ]
        metadata["parent"] = span.parent.map { "\($0)" }
        metadata["status"] = span.isError ? "error" : nil
        var attributes: Logger.Metadata = [:]
        span.attributes.forEach { attributes[$0] = value($1) }
        metadata["attributes"] = attributes.isEmpty ? nil : .dictionary(attributes)
        return metadata
    }

    private static func value(_ attribute: SpanAttribute) -> Logger.MetadataValue {
        switch attribute {
        case .int32(let number): .stringConvertible(Int(number))
        case .int64(let number): .stringConvertible(Int(number))
        case .double(let number): .stringConvertible(number)
        case .bool(let truth): .stringConvertible(truth)
        case .string(let text): .string(PeerName.shown(text))
        default: .string("(not shown)")
        }
    }
}

extension FinishedSpan {
    /// Itself with its three names, and the table of its attributes when it has just grown.
    private static let recordBytes = 512
    private static let attributeBytes = 192

    /// What it takes up while it waits.
    fileprivate var cost: Int {
        var bytes = Self.recordBytes + EventCost.bytes(ofText: name.utf8.count)
        attributes.forEach { key, value in
            bytes += Self.attributeBytes + EventCost.bytes(ofText: key.utf8.count)
            if case .string(let text) = value { bytes += EventCost.bytes(ofText: text.utf8.count) }
        }
        return bytes
    }
}
