// Promise: what is published into a log on JetStream is there once, whichever node took it and whichever died, with
// each version of the server; and what can't be published is refused in time.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore
import Synchronization
import Testing

extension Outside {
    @Suite struct JetStreamPublishTests {
        private static func server(_ version: NATSServer.Version) async throws -> NATSServer {
            try await NATSServer.start(version, #"jetstream { store_dir: "store" }"#)
        }

        private static func batch(_ texts: [String], key: String? = nil, digest: [UInt8] = [1, 2]) -> EventBatch {
            EventBatch(
                texts.map { NewEvent($0) }, streamCounts: texts.indices.map { $0 + 3 },
                key: key.map { PublishKey(publisher: "shop", key: $0, digest: digest) })
        }

        private static func code(_ node: LogNode, _ batch: EventBatch) async throws -> EventLogError.Code? {
            do {
                _ = try await node.log.append(batch)
                return nil
            } catch let error as EventLogError {
                return error.code
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aKeyIsKnownOnEveryNodeAndAfterARestart(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let batch = Self.batch(["a", "b", "c"], key: "k")
            let one = try await LogNode.open(server.url)
            let first = try await one.log.append(batch)
            #expect(!first.isRepeat && first.receipts.map(\.streams) == [3, 4, 5])
            await one.close()
            let two = try await LogNode.open(server.url)
            let again = try await two.log.append(batch)
            #expect(again == Appended(first.receipts, isRepeat: true))
            let other = Self.batch(["a", "b", "c", "d"], key: "k", digest: [9])
            #expect(try await Self.code(two, other) == .keyReused)
            server.kill()
            try await server.start()
            try await eventually("the node publishes again") { try await Self.code(two, batch) == nil }
            #expect(try await two.log.append(batch) == Appended(first.receipts, isRepeat: true))
            #expect(try await two.texts(after: 0) == ["a", "b", "c"], "nothing was added by any of it")
            await two.close()
        }

        /// A node that starts later has not seen what the key stood for: it asks one that has.
        @Test(arguments: NATSServer.Version.allCases)
        func aRetryWhoseEventHasLeftTheLogIsARepeatOnEveryNodeWhileOneKnows(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let few = { (settings: inout JetStreamSettings) in settings.limits.events = 3 }
            let one = try await LogNode.open(server.url, change: few)
            let digests = [1, 2].map { [UInt8](repeating: $0, count: 32) }
            let batch = Self.batch(["a", "b"], key: "k", digest: digests[0])
            let first = try await one.log.append(batch)
            try await one.publish((1...5).map(String.init))
            let late = try await LogNode.open(server.url, change: few)
            try await eventually("it has left the log") { late.log.extent.floor >= first.receipts[1].id.sequence }
            #expect(try await late.log.append(batch) == Appended(first.receipts, isRepeat: true))
            let other = Self.batch(["a", "c"], key: "k", digest: digests[1])
            #expect(try await Self.code(late, other) == .keyReused)
            await one.close()
            #expect(try await Self.code(late, batch) == .keyReused, "nobody knows any more whether it is the same")
            #expect(try await late.texts(after: 0) == ["3", "4", "5"], "nothing was added by any of it")
            await late.close()
        }

        /// The server asks for no right to name a subject for the answer.
        @Test func whoMayAskTheNodesHasNothingWrittenElsewhere() async throws {
            let server = try await Self.server(.current)
            let node = try await LogNode.open(server.url)
            let caller = try await NATSCaller.started(server.url)
            let stored = try await caller.client.subscribe(try SubjectFilter("sluice.e.>"))
            let elsewhere = try await caller.client.subscribe(SubjectFilter(try Subject("sluice.s.a")))
            try await caller.client.flush()
            let digest = [UInt8](repeating: 1, count: 32)
            let first = try await node.log.append(Self.batch(["a"], key: "k", digest: digest)).receipts[0]
            var messages = stored.makeAsyncIterator()
            guard case .message(let message) = try await messages.next() else {
                Issue.record("the message does not come")
                return
            }
            let name = try #require(try message.headers().first("Nats-Msg-Id"))
            let question = ByteBuffer(
                string: #"{"v":1,"epoch":"\#(first.id.epoch)","sequence":\#(first.id.sequence),"name":"\#(name)","#
                    + #""digest":"\#(String(repeating: "01", count: 32))"}"#)
            let asked = try Subject("sluice.p.keys")
            try await eventually("it listens") {
                (try? await caller.client.request(Publication(question, to: asked))) != nil
            }
            try await caller.client.publish(Publication(question, to: asked, reply: try Subject("sluice.s.a")))
            let answer = try await caller.client.request(Publication(question, to: asked))
            #expect(String(buffer: answer.payload) == #"{"v":1,"same":true,"streams":3}"#)
            #expect(elsewhere.takeWaiting(most: 1).isEmpty, "it was asked before")
            await node.close()
            await caller.client.shutdown()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aKeyIsForgottenWhenItsTimeIsOver(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url) { $0.limits.keySeconds = 1 }
            _ = try await node.log.append(Self.batch(["a"], key: "k"))
            #expect(try await node.log.append(Self.batch(["a"], key: "k")).isRepeat)
            try await eventually("the key is free") {
                try await Self.code(node, Self.batch(["b"], key: "k", digest: [9])) == nil
            }
            #expect(try await node.texts(after: 0) == ["a", "b"])
            await node.close()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aBatchWithAKeyThatFindsTheServerAwayGetsThroughOnce(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url)
            try await node.publish(["before"])
            server.kill()
            async let answer = node.log.append(Self.batch(["a", "b"], key: "k"))
            try await server.start()
            #expect(try await !answer.isRepeat)
            #expect(try await node.log.append(Self.batch(["a", "b"], key: "k")).isRepeat)
            let other = try await LogNode.open(server.url)
            #expect(try await other.texts(after: 0) == ["before", "a", "b"])
            for node in [node, other] { await node.close() }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func withoutAServerPublishersAreRefusedAndItGoesOnByItself(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url) {
                $0.publishing.limit = .seconds(1)
                $0.publishing.answerTime = .seconds(1)
            }
            #expect(node.log.health.failure == nil)
            server.kill()
            try await eventually("the health says so at once") { node.log.health.failure?.code == .unavailable }
            #expect(try await Self.code(node, Self.batch(["lost"])) == .unavailable)
            try await server.start()
            try await eventually("it is well again without a publisher") { node.log.health.failure == nil }
            try await node.publish(["after"])
            // The tail may have been cut off still when it was answered.
            try await eventually("the event is there") { try await node.texts(after: 0).last == "after" }
            await node.close()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func moreThanMayBeOnItsWayIsRefusedAsBusy(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url) { $0.pendingEvents = 20 }
            // A server that stands still answers nobody, and keeps what it is sent.
            try await server.pause()
            let codes = Mutex<[EventLogError.Code?]>([])
            for number in 1...50 {
                node.log.append(Self.batch(["\(number)"])) { result in
                    let code: EventLogError.Code? = if case .failure(let error) = result { error.code } else { nil }
                    codes.withLock { $0.append(code) }
                }
            }
            #expect(codes.withLock { $0 } == Array(repeating: .busy, count: 30), "what has room is not answered yet")
            #expect(node.log.health.isBusy)
            server.send(SIGCONT)
            try await eventually("all are answered") { codes.withLock { $0.count } == 50 }
            #expect(codes.withLock { $0.count { $0 == nil } } == 20)
            #expect(!node.log.health.isBusy)
            #expect(try await node.texts(after: 0) == (1...20).map(String.init), "in the order of their appends")
            await node.close()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func theOldestEventsGoWhenTheyAreTooMany(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url) { $0.limits.events = 10 }
            try await node.publish((1...25).map(String.init))
            let late = try await LogNode.open(server.url) { $0.limits.events = 10 }
            let step = try await late.log.read(after: 3)
            #expect(step.start == 15, "a gap")
            #expect(step.events.map(\.text) == (16...25).map(String.init))
            for node in [node, late] { await node.close() }
        }

        private static var now: WallTime { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

        /// By its window where all events are in there, and by what the server says of the stream where not.
        @Test(arguments: NATSServer.Version.allCases)
        func howFarItGoesBackIsKnown(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url) { $0.limits.events = 10 }
            #expect(node.log.oldestAt == nil, "there is no event")
            let began = Self.now
            try await node.publish(["1"])
            let first = try #require(node.log.oldestAt)
            #expect(first >= began && first <= Self.now)
            try await eventually("the clock has gone on") { Self.now > first }
            try await node.publish((2...25).map(String.init))
            let narrow = try await LogNode.open(server.url) {
                $0.limits.events = 10
                $0.windowBytes = 1
            }
            let oldest = try #require(narrow.log.oldestAt)
            #expect(oldest > first && oldest <= Self.now, "the first ones are gone")
            try await eventually("both say the same", otherwise: { "\(String(describing: node.log.oldestAt))" }) {
                node.log.oldestAt == oldest
            }
            for node in [node, narrow] { await node.close() }
        }
    }
}
