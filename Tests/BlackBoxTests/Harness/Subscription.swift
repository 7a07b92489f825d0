// A stream that a test reads with curl, and the events in what curl printed.

import Testing

/// One event of a stream, field by field as the test saw it.
struct SeenEvent: Sendable, Equatable {
    var id: String?
    var event: String?
    var data: String?
}

/// An open stream.
final class Subscription: Sendable {
    let child: Child

    init(child: Child) { self.child = child }

    /// The events so far. Comments, and blocks that set only the retry time, are no events.
    var events: [SeenEvent] { Self.events(in: child.output) }

    /// The data of the events so far.
    var data: [String] { events.compactMap(\.data) }

    /// The comment lines so far.
    var comments: Int { child.outputLines.count { $0.hasPrefix(":") } }

    /// Waits until at least `count` events have come, and returns all of them.
    @discardableResult
    func events(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [SeenEvent] {
        try await eventually("\(count) events", within: limit, otherwise: { self.child.transcript }) {
            let events = self.events
            return events.count >= count ? events : nil
        }
    }

    /// Closes the stream from the reader's side.
    func close() { child.end() }

    /// Waits until the gateway has ended the stream; 0 is a clean end of the answer.
    func ended(within limit: Duration = .seconds(20)) async throws -> Int32 { try await child.ended(within: limit) }

    /// Reads complete blocks of the event-stream grammar; a reader of its own, so that a mistake in the gateway's
    /// writer is not mirrored here. Without the event that says where a stream begins.
    static func events(in text: String) -> [SeenEvent] {
        var events: [SeenEvent] = []
        var current = SeenEvent()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.isEmpty {
                let isEvent = current.data != nil || current.event != nil
                if isEvent, current.event != "sluice.open" { events.append(current) }
                current = SeenEvent()
            } else if let value = value(of: "data", in: line) {
                current.data = current.data.map { $0 + "\n" + value } ?? value
            } else if let value = value(of: "event", in: line) {
                current.event = value
            } else if let value = value(of: "id", in: line) {
                current.id = value
            }
        }
        return events
    }

    private static func value(of field: String, in line: Substring) -> String? {
        guard line.hasPrefix(field + ":") else { return nil }
        let value = line.dropFirst(field.count + 1)
        return String(value.hasPrefix(" ") ? value.dropFirst() : value)
    }
}
