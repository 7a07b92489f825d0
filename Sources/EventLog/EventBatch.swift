// What one publish request puts in the log, and what it gets for it. The key that makes a retry safe is part of both.

/// Events that are appended together: all or none, next to each other.
package struct EventBatch: Sendable {
    package let events: [NewEvent]
    /// How many streams were open for each event: part of the answer, and so of what is kept with the key.
    package let streamCounts: [Int]
    /// Tells a retry from a new batch; without it, every batch is new.
    package let key: PublishKey?

    /// - Parameters:
    ///   - streamCounts: as many as events; none counts as zeros.
    ///   - key: for a batch that may be sent again.
    package init(_ events: [NewEvent], streamCounts: [Int] = [], key: PublishKey? = nil) {
        self.events = events
        self.streamCounts = streamCounts.isEmpty ? Array(repeating: 0, count: events.count) : streamCounts
        self.key = key
    }
}

/// A publisher's name for one of its requests (`Idempotency-Key`), and what the request said.
package struct PublishKey: Sendable, Hashable {
    /// Whose key it is: the token's subject. Two publishers' keys have nothing to do with each other.
    package let publisher: String
    /// The key in the publisher's words.
    package let key: String
    /// The digest of the request: the same key with another one is an error of the publisher's.
    package let digest: [UInt8]

    package init(publisher: String, key: String, digest: [UInt8]) {
        self.publisher = publisher
        self.key = key
        self.digest = digest
    }
}

/// Where a batch stands in the log.
package struct Appended: Sendable, Equatable {
    /// The first event's; the others follow without a hole.
    package let first: Position
    /// Those of the batch that was appended, one per event: of a retry, those of its first time.
    package let streamCounts: [Int]
    /// Whether the batch was in the log already, and nothing has been added.
    package let isRepeat: Bool

    package init(first: Position, streamCounts: [Int], isRepeat: Bool = false) {
        self.first = first
        self.streamCounts = streamCounts
        self.isRepeat = isRepeat
    }
}
