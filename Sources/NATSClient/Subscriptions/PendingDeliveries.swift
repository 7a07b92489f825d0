// What a subscription is given, and what waits until it is taken: bounded, and what is not kept is told in its place. A
// value.

internal import DequeModule

/// What a subscription brings.
package enum Delivery: Sendable, Equatable {
    case message(Message)
    /// Messages may be, or are, missing here.
    case missed(Missed)
}

/// Why messages are missing at a place.
package enum Missed: Sendable, Equatable {
    /// The subscriber did not take them as fast as they came. So many were not kept.
    case slowConsumer(messages: Int)
    /// The connection was lost. What was published until the next one is not here, and nobody knows whether there was
    /// anything.
    case connection
    /// One was larger than ``ReadingLimits/messageBytes``.
    case oversized(bytes: Int)
}

/// How much may wait for a subscriber.
package struct SubscriptionLimits: Sendable, Equatable {
    /// How many messages.
    package var messages = 65_536
    /// How many bytes of subjects, headers and payloads.
    package var bytes = 32 << 20

    package init() {}
}

/// The deliveries of one subscription that have not been taken.
struct PendingDeliveries: Sendable {
    private let limits: SubscriptionLimits
    private var deliveries: Deque<Delivery> = []
    private var bytes = 0
    private var messages = 0

    init(_ limits: SubscriptionLimits) { self.limits = limits }

    var isEmpty: Bool { deliveries.isEmpty }
    var count: Int { deliveries.count }

    /// A message has come.
    ///
    /// - Returns: whether it is kept. Nothing is so large that it is not kept alone.
    mutating func add(_ message: Message) -> Bool {
        let hasRoom = messages < limits.messages && bytes + message.bytes <= limits.bytes
        guard messages == 0 || hasRoom else {
            addMissed(.slowConsumer(messages: 1))
            return false
        }
        deliveries.append(.message(message))
        bytes += message.bytes
        messages += 1
        return true
    }

    /// Something is missing here. Of what is missing at one place there is one record of each cause.
    mutating func addMissed(_ missed: Missed) {
        var index = deliveries.endIndex
        while index > deliveries.startIndex, case .missed(let last) = deliveries[deliveries.index(before: index)] {
            index = deliveries.index(before: index)
            switch (last, missed) {
            case (.slowConsumer(let count), .slowConsumer(let more)):
                deliveries[index] = .missed(.slowConsumer(messages: count + more))
                return
            case (.connection, .connection), (.oversized, .oversized): return
            default: break
            }
        }
        deliveries.append(.missed(missed))
    }

    /// The next one.
    mutating func take() -> Delivery? {
        guard let delivery = deliveries.popFirst() else { return nil }
        if case .message(let message) = delivery {
            bytes -= message.bytes
            messages -= 1
        }
        return delivery
    }
}
