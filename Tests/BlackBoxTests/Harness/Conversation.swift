// Exact bytes for the gateway, and what came back: for everything that a well-behaved client would never send.

import Foundation
import Testing

/// Bytes to send over one connection, in steps.
struct Conversation: Encodable {
    /// One thing to send, or to wait for.
    struct Step: Encodable {
        var text: String?
        var base64: String?
        /// How often to send it, with `pause` seconds after each.
        var times: Int?
        var pause: Double?
        /// Go on only when this text has come.
        var until: String?
    }

    let name: String
    let steps: [Step]
    /// How many seconds to wait for the gateway to close the connection.
    var wait = 5.0
    /// Leaves TLS out.
    var plain = false

    init(_ name: String, _ steps: [Step], wait: Double = 5, plain: Bool = false) {
        (self.name, self.steps, self.wait, self.plain) = (name, steps, wait, plain)
    }

    init(_ name: String, _ text: String, wait: Double = 5, plain: Bool = false) {
        self.init(name, [Step(text: text)], wait: wait, plain: plain)
    }
}

/// What came back in one conversation.
struct Outcome {
    let name: String
    /// The statuses of all answers, in order.
    let statuses: [Int]
    /// Whether the gateway closed the connection.
    let isClosed: Bool
    /// How long the connection lasted.
    let seconds: Double
    /// The body of the last answer.
    let body: String
}

extension Gateway {
    /// Holds conversations, some at once, each over a connection of its own.
    func converse(_ conversations: [Conversation]) async throws -> [Outcome] {
        let lines = try conversations.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let input = try workspace.write(lines.joined(separator: "\n") + "\n", to: "conversations")
        let outcomes = try await client("exchange.py", input: input).map { line in
            Outcome(
                name: line.text("name") ?? "",
                statuses: (line.text("statuses") ?? "").split(separator: ",").compactMap { Int($0) },
                isClosed: line.flag("closed"), seconds: line.number("seconds") ?? 0, body: line.text("body") ?? "")
        }
        try #require(outcomes.count == conversations.count, "exchange.py reported \(outcomes.count) conversations")
        return outcomes
    }

    /// Holds one conversation.
    func converse(_ conversation: Conversation) async throws -> Outcome {
        try #require(try await converse([conversation]).first)
    }
}
