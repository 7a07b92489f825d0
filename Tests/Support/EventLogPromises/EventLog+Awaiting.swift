// An event log's calls, awaited.

package import EventLog
internal import EventStream
internal import NIOCore

extension EventLog {
    /// Appends a batch and waits for its answer.
    package func append(_ batch: EventBatch) async throws -> Appended {
        try await withCheckedThrowingContinuation { continuation in
            append(batch) { continuation.resume(with: $0) }
        }
    }

    /// Appends events without a key.
    @discardableResult
    package func append(_ events: NewEvent...) async throws -> Appended { try await append(EventBatch(events)) }

    /// Reads a step and waits for it.
    package func read(
        after position: Position, for interest: Interest = Interest(user: "alice"), byteLimit: Int = 1 << 20
    ) async throws -> ReplayStep {
        try await withCheckedThrowingContinuation { continuation in
            read(after: LoggedEventID(epoch: epoch, sequence: position), for: interest, byteLimit: byteLimit) {
                continuation.resume(with: $0)
            }
        }
    }

    /// Reads on until the head.
    package func readAll(
        after position: Position = 0, for interest: Interest = Interest(user: "alice"), byteLimit: Int = 1 << 20
    ) async throws -> [LoggedEvent] {
        var (events, position): ([LoggedEvent], Position) = ([], position)
        while true {
            let step = try await read(after: position, for: interest, byteLimit: byteLimit)
            events += step.events
            position = step.position
            if step.reachedHead { return events }
        }
    }
}

extension NewEvent {
    /// An event with text for its data.
    package init(to audience: Audience = .everyone, _ data: String = "hello", timeToLive: Int64? = nil) {
        self.init(audience: audience, name: nil, data: ByteBuffer(string: data), timeToLive: timeToLive)
    }
}

extension Appended {
    /// The sequence of the batch's first event; 0 for a batch without one.
    package var first: Position { receipts.first?.id.sequence ?? 0 }
}
