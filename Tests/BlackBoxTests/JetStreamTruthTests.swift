// Promise: what a log on JetStream says of an event holds at that moment: a key, its size, and the stream that it is
// in; and where it holds no more, that is told.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct JetStreamTruthTests {
        private static func server(_ settings: String = "") async throws -> NATSServer {
            try await NATSServer.start(.current, "jetstream { store_dir: \"store\" }\n\(settings)")
        }

        private static func error(_ node: LogNode, _ batch: EventBatch) async throws -> EventLogError? {
            do {
                _ = try await node.log.append(batch)
                return nil
            } catch let error as EventLogError {
                return error
            }
        }

        // MARK: Keys

        private static func keyed(_ text: String, digest: UInt8) -> EventBatch {
            EventBatch(
                [NewEvent(text)], streamCounts: [4],
                key: PublishKey(publisher: "shop", key: "k", digest: Array(repeating: digest, count: 32)))
        }

        /// The server knows the key for longer than the event, and can't say any more what it was for.
        @Test func aKeyWhoseEventHasLeftTheLogIsNoOtherRequests() async throws {
            let server = try await Self.server()
            func node() async throws -> LogNode { try await LogNode.open(server.url) { $0.limits.events = 3 } }
            let (one, two) = (try await node(), try await node())
            let first = try await one.log.append(Self.keyed("a", digest: 1))
            try await one.publish(["1", "2", "3", "4"])
            try await eventually("the other has read it") { two.log.tailed >= 5 }
            for node in [one, two] {
                let other = try await Self.error(node, Self.keyed("b", digest: 2))
                #expect(other?.code == .keyReused)
                #expect(
                    try await node.log.append(Self.keyed("a", digest: 1)) == Appended(first.receipts, isRepeat: true))
            }
            // Whoever has not seen it, and finds nobody who has, does not know whether it is the same.
            let three = try await node()
            for node in [one, two] { await node.close() }
            for digest in [1, 2] as [UInt8] {
                #expect(try await Self.error(three, Self.keyed("a", digest: digest)) == .keyOutlived)
            }
            #expect(try await three.texts(after: first.first + 1) == ["2", "3", "4"], "nothing was added")
            await three.close()
        }

        // MARK: Sizes

        @Test func anEventThatIsTooLargeForTheServersKeepsNoOtherOut() async throws {
            let server = try await Self.server("max_payload: 32KB")
            let node = try await LogNode.open(server.url)
            let large = String(repeating: "x", count: 50_000)
            for key in [nil, PublishKey(publisher: "shop", key: "k", digest: [1])] {
                let batch = EventBatch(["a", large, "b"].map { NewEvent($0) }, key: key)
                for _ in 0..<2 where key != nil || node.log.head == 0 {
                    let error = try #require(try await Self.error(node, batch))
                    #expect(error.code == .tooLarge && error.parts.count == 3)
                    #expect(error.parts.map { (try? $0.get()) != nil } == [true, false, true])
                }
            }
            #expect(try await node.texts(after: 0) == ["a", "b", "a", "b"])
            let alone = try await Self.error(node, EventBatch([NewEvent(large)]))
            #expect(alone?.code == .tooLarge && alone?.parts.isEmpty == true)
            #expect(node.log.health.failure == nil, "it is the event's own fault")
            #expect(node.told.notices.all.count { $0.contains("max_payload") } == 1)
            await node.close()
        }

        @Test func limitsThatTheServersDoNotTakeAreRefusedAtTheStart() async throws {
            let server = try await Self.server("max_payload: 32KB")
            let settings: Settings = [
                "log.kind": "jetstream", "log.durability": "replicated", "log.jetstream.create": "true",
                "log.jetstream.replicas": "1", "log.jetstream.servers": "[\"\(server.url)\"]",
            ]
            for command in ["serve", "check"] {
                let end = try await Self.run([command], settings)
                #expect(end.code == 78, "\(end.text)")
                for words in ["max_payload is 32768", "lower limits.event or limits.users_per_event"] {
                    #expect(end.text.contains(words), "\(words): \(end.text)")
                }
            }
        }

        // MARK: Streams

        /// Changes a stream's settings as an operator does.
        private static func update(
            _ stream: String, at server: NATSServer, _ change: (inout [String: Any]) -> Void
        ) async throws {
            let caller = try await NATSCaller.started(server.url)
            func ask(_ request: String, _ body: [UInt8] = []) async throws -> [String: Any] {
                let question = Publication(ByteBuffer(bytes: body), to: try Subject("$JS.API.\(request).\(stream)"))
                let answer = try await caller.client.request(question)
                let json = try JSONSerialization.jsonObject(with: Data(answer.payload.readableBytesView))
                return try #require(json as? [String: Any])
            }
            var config = try #require(try await ask("STREAM.INFO")["config"] as? [String: Any])
            change(&config)
            let done = try await ask("STREAM.UPDATE", Array(try JSONSerialization.data(withJSONObject: config)))
            #expect(done["error"] == nil, "\(done)")
            await caller.client.shutdown()
        }

        @Test func aStreamThatIsChangedUnderARunningGatewayEndsPublishing() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                func publish() async throws -> Answer {
                    try await gateway.publish(#"{"to":{"everyone":true},"data":1}"#, token: gateway.backendToken())
                }
                #expect(try await publish().status == 200)
                try await Self.update("sluice", at: cluster.servers[0]) {
                    $0["republish"] = ["src": ">", "dest": "copy.>"]
                }
                try await eventually("nothing is taken") { try await publish().body.contains("durability-lost") }
                let ready = try await gateway.admin("/readyz?for=publish")
                #expect(ready.status == 503 && ready.body.contains("sluice: republish is true"), "\(ready)")
                #expect(gateway.child.errors.contains("The settings of a stream of NATS were changed"))
                try await Self.update("sluice", at: cluster.servers[0]) { $0["republish"] = nil }
                try await eventually("it is taken again") { try await publish().status == 200 }
            }
        }

        @Test func aStateThatIsGoneIsToldByTheProbe() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                let caller = try await NATSCaller.started(cluster.servers[0].url)
                let request = Publication(to: try Subject("$JS.API.STREAM.DELETE.sluice_state"))
                _ = try await caller.client.request(request)
                try await eventually("the probe is red") {
                    try await gateway.admin("/readyz").body.contains("nobody can be revoked or signed out")
                }
                for purpose in ["publish", "streams"] {
                    let ready = try await gateway.admin("/readyz?for=\(purpose)")
                    #expect(ready.status == 200, "no other gateway could do it: \(ready)")
                }
                #expect(try await gateway.metrics().sum("sluice_log_state_available") == 0)
                #expect(gateway.child.errors.contains("NATS has no stream sluice_state any more"))
                let store = JetStreamStore(
                    JetStreamSettings(limits: LogSettings(bytes: 64 << 20)), client: caller.client)
                #expect(try await store.create() == ["sluice_state"])
                try await eventually("the probe is green") { try await gateway.admin("/readyz").status == 200 }
                await caller.client.shutdown()
            }
        }

        /// What becomes of events is the events stream's matter.
        @Test func aNodeWhoseStateIsGoneComesBackToItsEvents() async throws {
            let server = try await Self.server()
            let node = try await LogNode.open(server.url)
            try await node.publish(["a"])
            let caller = try await NATSCaller.started(server.url)
            let request = Publication(to: try Subject("$JS.API.STREAM.DELETE.sluice_state"))
            _ = try await caller.client.request(request)
            server.kill()
            try await server.start()
            try await eventually("it publishes again") { try await Self.error(node, Self.keyed("b", digest: 1)) == nil }
            try await eventually("its tail has it") { node.log.tailed >= 2 }
            #expect(try await node.texts(after: 0) == ["a", "b"])
            await node.close()
            await caller.client.shutdown()
        }

        /// Who is revoked and signed out stood there: a gateway that starts anew may be one that has seen it.
        @Test func aStreamThatIsMissingBesideAUsedOneIsNotMade() async throws {
            let server = try await Self.server()
            let node = try await LogNode.open(server.url)
            try await node.publish(["a"])
            await node.close()
            let caller = try await NATSCaller.started(server.url)
            var settings = JetStreamSettings(
                mayCreate: true, limits: LogSettings(bytes: 1 << 28, events: 2_000_000, seconds: 3600))
            settings.replicas = 1
            let store = JetStreamStore(settings, client: caller.client)
            let request = Publication(to: try Subject("$JS.API.STREAM.DELETE.sluice_state"))
            _ = try await caller.client.request(request)
            #expect(try await store.examine().widowed == "sluice")
            #expect(try await store.createBoth() == [])
            #expect(try await store.create() == ["sluice_state"], "who asks for it gets it")
            #expect(try await store.examine().widowed == nil)
            await caller.client.shutdown()
        }

        private static func store(_ client: NATSClient) -> JetStreamStore {
            var settings = JetStreamSettings(limits: LogSettings(bytes: 1 << 28, events: 2_000_000, seconds: 3600))
            settings.replicas = 1
            return JetStreamStore(settings, client: client)
        }

        /// Takes the stream of the state away, and makes it anew as it was, as an operator does by hand.
        private static func loseState(_ caller: NATSCaller) async throws {
            _ = try await caller.client.request(Publication(to: try Subject("$JS.API.STREAM.DELETE.sluice_state")))
            #expect(try await store(caller.client).create() == ["sluice_state"])
        }

        /// Several gateways that start at once.
        private static func open(_ count: Int, _ url: String) async throws -> [LogNode] {
            try await withThrowingTaskGroup(of: LogNode.self) { group in
                for _ in 0..<count { group.addTask { try await LogNode.open(url) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        /// Its name was lost, and which ids it had: they could come to mean other events.
        @Test func besideAStateThatWasMadeAnewThereIsAnotherEpoch() async throws {
            let server = try await Self.server()
            let node = try await LogNode.open(server.url)
            try await node.publish(["a"])
            let first = node.log.epoch
            let caller = try await NATSCaller.started(server.url)
            let second = try #require(Epoch("second"))
            try await Self.store(caller.client).beginEpoch(second)
            try await eventually("the node has it") { node.log.epoch == second }
            #expect(node.log.end(of: first) == 1)
            try await Self.loseState(caller)
            let late = try await LogNode.open(server.url)
            #expect(![first, second].contains(late.log.epoch))
            #expect(late.log.end(of: first) == nil, "where it ended nobody knows")
            #expect(try await late.texts(after: 0) == ["a"])
            try await eventually("the node that was there is told") { node.log.epoch == late.log.epoch }
            for node in [node, late] { await node.close() }
            await caller.client.shutdown()
        }

        @Test func gatewaysThatRunBeginItBesideAStateThatWasMadeAnew() async throws {
            let server = try await Self.server()
            let nodes = try await Self.open(3, server.url)
            try await nodes[0].publish(["a"])
            let first = nodes[0].log.epoch
            let caller = try await NATSCaller.started(server.url)
            try await Self.loseState(caller)
            try await eventually("all are told of the same") {
                nodes.allSatisfy { $0.log.epoch != first && $0.log.epoch == nodes[0].log.epoch }
            }
            try await nodes[1].publish(["b"])
            for node in nodes { try await eventually("it goes on") { try await node.texts(after: 0) == ["a", "b"] } }
            for node in nodes { await node.close() }
            await caller.client.shutdown()
        }

        /// The first of them writes down what it is called.
        @Test func gatewaysThatOpenAtOnceAreInOneEpoch() async throws {
            let server = try await Self.server()
            let nodes = try await Self.open(6, server.url)
            let first = nodes[0].log.epoch
            #expect(nodes.allSatisfy { $0.log.epoch == first })
            try await nodes[0].publish(["a", "b"])
            for node in nodes { await node.close() }
            let again = try await Self.open(6, server.url)
            #expect(again.allSatisfy { $0.log.epoch == first }, "a restart is no new epoch")
            for node in again { await node.close() }
            let caller = try await NATSCaller.started(server.url)
            try await Self.loseState(caller)
            let late = try await Self.open(6, server.url)
            #expect(late.allSatisfy { $0.log.epoch == late[0].log.epoch && $0.log.epoch != first })
            #expect(late.allSatisfy { $0.log.end(of: first) == nil })
            for node in nodes + again + late {
                #expect(node.told.all.count { $0.hasPrefix("epoch ") } == 1, "nobody begins one beside another's")
            }
            #expect(try await late[0].texts(after: 0) == ["a", "b"])
            for node in late { await node.close() }
            await caller.client.shutdown()
        }

        /// With `sluice log new-epoch` the epoch before it ended where the events end, if it is known which it was.
        @Test func anEpochThatBeginsBesideALostStateKnowsOfNoneBefore() async throws {
            let server = try await Self.server()
            let node = try await LogNode.open(server.url)
            try await node.publish(["a"])
            let first = node.log.epoch
            await node.close()
            let caller = try await NATSCaller.started(server.url)
            try await Self.loseState(caller)
            let second = try #require(Epoch("second"))
            try await Self.store(caller.client).beginEpoch(second)
            let late = try await LogNode.open(server.url)
            #expect(late.log.epoch == second && late.log.end(of: first) == nil)
            await late.close()
            await caller.client.shutdown()
        }

        // MARK: Durability

        @Test func fullIsNotBelievedOfOtherServersThanTheLogs() async throws {
            let (own, other) = (try await NATSCluster.start(3, syncsAlways: false), try await NATSCluster.start())
            let settings = own.settings.overridden(by: [
                "log.durability": "full", "log.jetstream.monitor": other.settings["log.jetstream.monitor"] ?? "",
            ])
            for command in ["serve", "check"] {
                let end = try await Self.run([command], settings)
                #expect(end.code == 78, "\(end.text)")
                #expect(end.text.contains("that no URL of log.jetstream.monitor leads to"), "\(end.text)")
            }
        }

        private static func run(_ command: [String], _ settings: Settings) async throws -> (code: Int32, text: String) {
            let (certificates, workspace) = (try await Certificates.shared(), try Workspace())
            let file = try workspace.write(
                Gateway.standing(certificates, ports: try freePorts(2)).overridden(by: settings).yaml, to: "own.yaml")
            let child = try Child(Package.program(), command + ["--config", file], in: workspace)
            return (try await child.ended(), child.output + child.errors)
        }
    }
}
