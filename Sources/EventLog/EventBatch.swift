// What one publish request puts in the log, and what it gets for it. The key that makes a retry safe is part of both.

/// Events that are appended together: all or none, in their order. An engine that can't promise that says what it does
/// (the table of EventLog.md).
package struct EventBatch: Sendable {
    package let events: [NewEvent]
    /// How many streams were open for each event: part of the answer, and so of what is kept with the key.
    package let streamCounts: [Int]
    /// Whose share of the log the events count for (``LogShares``): the token's subject. Nobody's without one.
    package let publisher: String?
    /// Tells a retry from a new batch; without it, every batch is new.
    package let key: PublishKey?
    /// When it was accepted.
    package let acceptedAt: Stamp

    /// - Parameters:
    ///   - streamCounts: as many as events; none counts as zeros.
    ///   - publisher: who appends.
    ///   - key: for a batch that may be sent again.
    ///   - acceptedAt: when it was accepted.
    package init(
        _ events: [NewEvent], streamCounts: [Int] = [], publisher: String? = nil, key: PublishKey? = nil,
        acceptedAt: Stamp = .unknown
    ) {
        self.acceptedAt = acceptedAt
        self.events = events
        self.publisher = publisher
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

/// What a publisher gets for an event.
package struct Receipt: Sendable, Equatable {
    package let id: LoggedEventID
    /// How many streams were open for the event when it was published. It says nothing of who has read it.
    package let streams: Int

    package init(id: LoggedEventID, streams: Int) {
        self.id = id
        self.streams = streams
    }
}

/// What became of a batch that is in the log.
package struct Appended: Sendable, Equatable {
    /// One per event, in the batch's order. The ids rise; other nodes' events may stand between them. Of a retry, those
    /// of its first time. An engine that stores event by event may have stored one behind those that follow it in the
    /// batch: its id says so.
    package let receipts: [Receipt]
    /// Whether the batch was in the log already, and nothing has been added.
    package let isRepeat: Bool

    package init(_ receipts: [Receipt], isRepeat: Bool = false) {
        self.receipts = receipts
        self.isRepeat = isRepeat
    }

    /// A batch whose events stand next to each other, as in a log that has one writer.
    ///
    /// - Parameters:
    ///   - first: the first event's sequence.
    ///   - streamCounts: one per event.
    package init(epoch: Epoch, first: Position, streamCounts: [Int], isRepeat: Bool = false) {
        let receipts = streamCounts.enumerated().map { offset, count in
            Receipt(id: LoggedEventID(epoch: epoch, sequence: first + Position(offset)), streams: count)
        }
        self.init(receipts, isRepeat: isRepeat)
    }
}
