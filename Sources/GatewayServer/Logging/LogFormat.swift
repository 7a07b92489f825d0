// How a log line is written: as text for people, or as JSON for programs.

internal import EventLog
package import Logging
internal import StrictJSON

/// `logging.format`.
package enum LogFormat: String, Sendable, CaseIterable {
    case text, json

    /// A handler that writes to standard error: standard output is for results.
    package func handler(label: String) -> any LogHandler {
        switch self {
        case .text: StreamLogHandler.standardError(label: label)
        case .json: JSONLogHandler(label: label, clock: WallTime.systemClock, write: StandardError.write)
        }
    }
}

/// Writes each line as one JSON object (RFC 8259): `time`, `level`, `logger`, `message`, and what the line says beside,
/// by its own names.
package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.trace
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let clock: @Sendable () -> WallTime
    private let write: @Sendable ([UInt8]) -> Void

    /// - Parameters:
    ///   - clock: the calendar's time.
    ///   - write: takes a line, its end included.
    init(label: String, clock: @escaping @Sendable () -> WallTime, write: @escaping @Sendable ([UInt8]) -> Void) {
        (self.label, self.clock, self.write) = (label, clock, write)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var writer = JSONWriter(capacity: 256)
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
        writer.object { line in
            line.string("time", clock().precise)
            line.string("level", event.level.rawValue)
            line.string("logger", label)
            line.string("message", "\(event.message)")
            for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { line.member(Self.free(name), value) }
        }
        write(writer.bytes + [UInt8(ascii: "\n")])
    }

    /// A name that the line itself does not have.
    private static func free(_ name: String) -> String {
        ["time", "level", "logger", "message"].contains(name) ? "\(name)_" : name
    }
}

extension JSONMembers {
    /// Numbers and truths stay what they are; all else is text.
    fileprivate mutating func member(_ name: String, _ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): string(name, text)
        case .stringConvertible(let value as any BinaryInteger): integer(name, Int64(clamping: value))
        case .stringConvertible(let value as Bool): bool(name, value)
        case .stringConvertible(let value as Double) where value.isFinite: raw(name, "\(value)".utf8)
        case .stringConvertible(let value): string(name, value.description)
        case .array(let values): strings(name, values.map { "\($0)" })
        case .dictionary(let members):
            object(name) { for (name, value) in members.sorted(by: { $0.key < $1.key }) { $0.member(name, value) } }
        }
    }
}
