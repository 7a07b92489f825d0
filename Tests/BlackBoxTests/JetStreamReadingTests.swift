// Promise: whoever comes back to a log on JetStream reads what it missed, at the price of that and not of what is held.

import EventLog
import EventLogPromises
import JetStreamEventLog
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct JetStreamReadingTests {
        /// A node whose window holds hardly anything, on a stream with so many events, of which each hundredth is
        /// Alice's: to her, to several with her, or to her topic.
        private static func node(
            _ version: NATSServer.Version, events: Int
        ) async throws -> (server: NATSServer, node: LogNode) {
            let server = try await NATSServer.start(version, "jetstream { store_dir: \"store\" }")
            let node = try await LogNode.open(server.url) { $0.windowBytes = 1 }
            let audiences: [Audience] = [.user("alice"), .users(["bob", "alice", "carol"]), .topic("news")]
            let batches = stride(from: 1, through: events, by: 500).map { first in
                EventBatch(
                    (first..<min(first + 500, events + 1)).map { number in
                        let isHers = number.isMultiple(of: 100)
                        let audience = isHers ? audiences[number / 100 % 3] : .user("user \(number % 97)")
                        return NewEvent(to: audience, "event \(number)")
                    })
            }
            for batch in batches { _ = try await node.log.append(batch) }
            return (server, node)
        }

        private static let alice = Interest(user: "alice", topics: ["news"])

        /// Ten events behind of thousands.
        @Test(arguments: NATSServer.Version.allCases)
        func aResumeBelowTheWindowReadsWhatItReplays(version: NATSServer.Version) async throws {
            let (server, node) = try await Self.node(version, events: 3000)
            let texts = try await node.texts(after: 2000, for: Self.alice)
            #expect(texts == (21...30).map { "event \($0 * 100)" })
            let tally = node.log.readTally
            #expect(tally.messages <= 10 + 4, "\(tally)")
            // One line after the other costs a request for each message where there are no batches.
            #expect(tally.requests <= (version == .current ? 4 + 4 * 2 : 4 + 10 + 4), "\(tally)")
            await node.close()
            withExtendedLifetime(server) {}
        }

        @Test(arguments: NATSServer.Version.allCases)
        func allOfItIsReadInBoundedSteps(version: NATSServer.Version) async throws {
            let (server, node) = try await Self.node(version, events: 3000)
            let events = try await node.log.readAll(for: Self.alice, byteLimit: 100)
            #expect(events.map(\.text) == (1...30).map { "event \($0 * 100)" })
            #expect(try await node.texts(after: 0, for: Interest(user: "nobody")).isEmpty)
            let step = try await node.log.read(after: 0, for: Self.alice, byteLimit: 1)
            #expect(step.events.count == 1 && step.position == 100 && !step.reachedHead)
            await node.close()
            withExtendedLifetime(server) {}
        }

        @Test func thoseWhoWaitForTheSameShareARead() async throws {
            let (server, node) = try await Self.node(.current, events: 1000)
            let steps = try await withThrowingTaskGroup(of: Int.self) { tasks in
                for _ in 0..<50 {
                    tasks.addTask {
                        try await node.log.read(after: 500, for: Self.alice, byteLimit: 1 << 20).events.count
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(steps.allSatisfy { $0 == 4 || $0 == 5 })
            #expect(node.log.readTally.steps < 50, "\(node.log.readTally)")
            await node.close()
            withExtendedLifetime(server) {}
        }

        @Test func aReadFailsWhileTheServerIsAwayAndGoesOnBehindIt() async throws {
            let (server, node) = try await Self.node(.current, events: 1000)
            server.kill()
            await #expect(throws: EventLogError.self) {
                _ = try await node.log.read(after: 500, for: Self.alice, byteLimit: 1 << 20)
            }
            #expect(node.log.health.readFailure?.code == .unavailable)
            try await server.start()
            let texts = try await eventually("it can be read") {
                try? await node.texts(after: 500, for: Self.alice)
            }
            #expect(texts == (6...10).map { "event \($0 * 100)" })
            #expect(node.log.health.readFailure == nil)
            await node.close()
        }
    }
}
