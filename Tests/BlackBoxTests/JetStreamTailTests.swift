// Promise: a node of a log on JetStream misses nothing while it is cut off, and what it can't have any more it is told.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct JetStreamTailTests {
        private static func server(_ version: NATSServer.Version) async throws -> NATSServer {
            try await NATSServer.start(version, "jetstream { store_dir: \"store\" }")
        }

        private static func numbers(_ range: ClosedRange<Int>) -> [String] { range.map { "event \($0)" } }

        @Test(arguments: NATSServer.Version.allCases)
        func eventsOfEitherNodeReachBothInOneOrder(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let (one, two) = (try await LogNode.open(server.url), try await LogNode.open(server.url))
            for number in 1...20 {
                let node = number.isMultiple(of: 2) ? one : two
                let ids = try await node.publish(["event \(number)"])
                #expect(node.told.all.last == "event \(number)", "the tail has an event before its publisher does")
                #expect(ids.map(\.sequence) == [Position(number)] && ids[0].epoch == one.log.epoch)
            }
            try await eventually("both have all") { one.told.all.count == 21 && two.told.all.count == 21 }
            #expect(one.told.all == ["epoch 0"] + Self.numbers(1...20))
            #expect(two.told.all == one.told.all)
            #expect(one.log.head == 20 && one.log.epoch == two.log.epoch)
            let late = try await LogNode.open(server.url)
            #expect(late.told.all == ["epoch 20"])
            #expect(try await late.texts(after: 15) == Self.numbers(16...20))
            #expect(late.log.readTally.requests == 0, "it is in the window")
            for node in [one, two, late] { await node.close() }
        }

        /// By a connection that ends, and by one that hangs.
        @Test(arguments: zip(NATSServer.Version.allCases, [true, false]))
        func aNodeThatWasCutOffMissesNothing(version: NATSServer.Version, hangs: Bool) async throws {
            let server = try await Self.server(version)
            let relay = try NATSRelay(to: server)
            try await relay.open()
            let (cut, other) = (try await LogNode.open(relay.url), try await LogNode.open(server.url))
            try await other.publish(Self.numbers(1...5))
            try await eventually("it has them") { cut.told.all.count == 6 }
            if hangs { relay.send(SIGSTOP) } else { relay.cut() }
            try await other.publish(Self.numbers(6...300))
            try await eventually("it says so") { cut.told.all.last == "interrupted" }
            try await eventually("its health does, too") {
                cut.log.health.failure?.code == .unavailable && cut.log.health.cutOffSince != nil
            }
            if hangs { relay.send(SIGCONT) } else { try await relay.open() }
            try await eventually("it is back", otherwise: { "\(cut.told.all) \(cut.told.notices.all)" }) {
                cut.told.all.last == "resumed"
            }
            let expected = ["epoch 0"] + Self.numbers(1...5) + ["interrupted"] + Self.numbers(6...300) + ["resumed"]
            #expect(cut.told.all == expected)
            try await eventually("its health is good", otherwise: { "\(cut.log.health)" }) {
                cut.log.health == LogHealth()
            }
            try await cut.publish(["more"])
            #expect(cut.told.all.last == "more")
            for node in [cut, other] { await node.close() }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aServerThatWasKilledAndCameBackCostsNothing(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url)
            try await node.publish(Self.numbers(1...5))
            server.kill()
            try await eventually("it says so") { node.told.all.last == "interrupted" }
            try await server.start()
            try await eventually("it is back", otherwise: { "\(node.told.notices.all)" }) {
                node.told.all.last == "resumed"
            }
            try await node.publish(["more"])
            #expect(node.told.all == ["epoch 0"] + Self.numbers(1...5) + ["interrupted", "resumed", "more"])
            await node.close()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func whatWentBeforeItCouldBeReadIsToldAsAGap(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let relay = try NATSRelay(to: server)
            try await relay.open()
            let (cut, other) = (try await LogNode.open(relay.url), try await LogNode.open(server.url))
            try await other.publish(Self.numbers(1...5))
            try await eventually("it has them") { cut.told.all.count == 6 }
            relay.cut()
            try await other.publish(Self.numbers(6...20))
            try await Self.ask("STREAM.PURGE.sluice", "{\"seq\":11}", server)
            try await other.publish(["event 21"])
            try await relay.open()
            try await eventually("it has the rest") { cut.told.all.contains("event 21") }
            let told = cut.told.all.filter { $0 != "interrupted" && $0 != "resumed" }
            #expect(told == ["epoch 0"] + Self.numbers(1...5) + ["overtaken 10"] + Self.numbers(11...21))
            let step = try await cut.log.read(after: 5)
            #expect(step.start == 10 && step.events.map(\.text) == Self.numbers(11...21))
            #expect(cut.log.extent.floor == 10)
            for node in [cut, other] { await node.close() }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aPurgeUnderItsFeetIsToldToo(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url)
            try await node.publish(Self.numbers(1...5))
            try await Self.ask("STREAM.PURGE.sluice", "", server)
            try await eventually("a reader is told") { try await node.log.read(after: 2).start == 5 }
            #expect(node.log.extent.floor == 5 && node.log.head == 5)
            await node.close()
        }

        /// From another one each message has a way more to go, and NATS draws where it stands. A node may draw a wrong
        /// one until it gives up, and on a busy machine it does so sooner. If nobody chose, eight of twelve would be
        /// right in one run of fifty.
        @Test func theTailsConsumerStandsOnTheServerThatTheNodeIsConnectedTo() async throws {
            let cluster = try await NATSCluster.start(3)
            var near: [Bool] = []
            for number in 0..<12 {
                let number = number % 3
                let node = try await LogNode.open(cluster.servers[number].url) { $0.replicas = 3 }
                try await eventually("it reads by one consumer") { try await Self.readers(cluster).count == 1 }
                near.append(try await Self.readers(cluster) == ["n\(number + 1)"])
                await node.close()
                try await eventually("it reads no more") { try await Self.readers(cluster).isEmpty }
            }
            #expect(near.count { $0 } >= 8, "\(near)")
        }

        /// The servers of the consumers that somebody listens to.
        private static func readers(_ cluster: NATSCluster) async throws -> [String] {
            let caller = try await NATSCaller.started(cluster.servers[0].url)
            let answer = try await caller.client.request(Publication(to: try Subject("$JS.API.CONSUMER.LIST.sluice")))
            await caller.client.shutdown()
            let list = try JSONSerialization.jsonObject(with: Data(answer.payload.readableBytesView))
            let consumers = (list as? [String: Any])?["consumers"] as? [[String: Any]] ?? []
            return consumers.filter { $0["push_bound"] as? Bool == true }
                .compactMap { ($0["cluster"] as? [String: Any])?["leader"] as? String }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aStreamThatWasMadeAnewIsANewEpoch(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let impatient: (inout JetStreamSettings) -> Void = { $0.publishing.limit = .seconds(1) }
            let nodes = [
                try await LogNode.open(server.url, change: impatient),
                try await LogNode.open(server.url, change: impatient),
            ]
            try await nodes[0].publish(Self.numbers(1...5))
            let epoch = nodes[0].log.epoch
            try await Self.ask("STREAM.DELETE.sluice", "", server)
            try await eventually("they say so") { nodes.allSatisfy { $0.told.all.last == "interrupted" } }
            await #expect(throws: EventLogError.self, "no node makes it") { try await nodes[0].publish(["lost"]) }
            let maker = try await LogNode.open(server.url)
            try await maker.publish(["new 1"])
            for node in nodes {
                try await eventually("it goes on", otherwise: { "\(node.told.all) \(node.told.notices.all)" }) {
                    node.told.all.contains("new 1") && node.told.all.contains("resumed")
                }
                #expect(node.log.epoch == maker.log.epoch && node.log.epoch != epoch)
                #expect(node.log.end(of: epoch) == nil, "nothing of it is left")
                #expect(node.told.all.count { $0.hasPrefix("epoch ") } == 2)
                #expect(try await node.texts(after: 0) == ["new 1"])
            }
            for node in nodes + [maker] { await node.close() }
        }

        /// A store that was set back to an earlier copy of itself, as a disk's snapshot does.
        @Test(arguments: NATSServer.Version.allCases)
        func aStreamThatWentBackIsANewEpochFromWhereItEnds(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let nodes = [try await LogNode.open(server.url), try await LogNode.open(server.url)]
            try await nodes[0].publish(Self.numbers(1...5))
            let epoch = nodes[0].log.epoch
            try await Self.copy(server)
            try await eventually("it is back") { (try? await nodes[0].publish(Self.numbers(6...9))) != nil }
            for node in nodes { try await eventually("all have them") { node.told.all.contains("event 9") } }
            try await Self.setBack(server)
            for node in nodes {
                try await eventually("it is told", otherwise: { "\(node.told.all) \(node.told.notices.all)" }) {
                    node.told.all.count { $0.hasPrefix("epoch ") } == 2
                }
                #expect(node.log.epoch != epoch)
                #expect([5, 6, 7].contains(try #require(node.log.end(of: epoch))), "and notes behind event 5")
            }
            #expect(nodes[0].log.epoch == nodes[1].log.epoch)
            let ids = try await nodes[1].publish(["other 6"])
            #expect(ids.map(\.epoch) == [nodes[0].log.epoch])
            try await eventually("the other node has it") { nodes[0].told.all.contains("other 6") }
            #expect(try await nodes[0].texts(after: 3) == ["event 4", "event 5", "other 6"])
            let late = try await LogNode.open(server.url)
            #expect(late.log.epoch == nodes[0].log.epoch && late.log.end(of: epoch) == nodes[0].log.end(of: epoch))
            for node in nodes + [late] { await node.close() }
        }

        /// What this node had last were no events, and when it looks again the stream is longer than before.
        @Test(arguments: NATSServer.Version.allCases)
        func aStreamThatWentBackBehindNotesIsANewEpochToo(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let relay = try NATSRelay(to: server)
            try await relay.open()
            let node = try await LogNode.open(relay.url)
            try await node.publish(Self.numbers(1...5))
            try await Self.copy(server)
            let caller = try await NATSCaller.started(server.url)
            for _ in 1...4 { _ = try await caller.client.request(Publication(to: try Subject("sluice.e.n"))) }
            await caller.client.shutdown()
            try await eventually("it has the notes") { node.log.tailed >= 9 }
            relay.cut()
            try await Self.setBack(server)
            let other = try await LogNode.open(server.url)
            try await other.publish(Self.numbers(6...20))
            #expect(other.log.tailed > node.log.tailed)
            try await relay.open()
            try await eventually("it is told", otherwise: { "\(node.told.all) \(node.told.notices.all)" }) {
                node.told.all.contains("event 20") && node.log.epoch == other.log.epoch
            }
            #expect(node.told.all.count { $0.hasPrefix("epoch ") } == 2)
            #expect(node.told.all.filter { $0.hasPrefix("event ") } == Self.numbers(1...20))
            for node in [node, other] { await node.close() }
        }

        /// Keeps a copy of a server's store.
        private static func copy(_ server: NATSServer) async throws {
            server.send(SIGTERM)
            try await eventually("it has ended") { server.log.contains("Server Exiting") }
            let store = server.workspace.path("store")
            try FileManager.default.copyItem(atPath: store, toPath: store + ".copy")
            try await server.start()
        }

        private static func setBack(_ server: NATSServer) async throws {
            server.kill()
            let store = server.workspace.path("store")
            try FileManager.default.removeItem(atPath: store)
            try FileManager.default.moveItem(atPath: store + ".copy", toPath: store)
            try await server.start()
        }

        /// Asks JetStream's API, as an operator's tool does.
        static func ask(_ name: String, _ body: String, _ server: NATSServer) async throws {
            let caller = try await NATSCaller.started(server.url)
            let question = Publication(ByteBuffer(string: body), to: try Subject("$JS.API.\(name)"))
            let answer = try await caller.client.request(question)
            #expect(String(buffer: answer.payload).contains("\"success\":true"), "\(String(buffer: answer.payload))")
            await caller.client.shutdown()
        }
    }
}
