// Promise: when servers of NATS are killed under publishing, every event that was answered is there afterwards, once,
// where its answer says; and every node tells its streams the same.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore
import Synchronization
import Testing

extension Outside {
    @Suite struct JetStreamKillTests {
        /// What publishers were told of their events.
        private final class Ledger: Sendable {
            private let state = Mutex<(answered: [String: Position], refused: Set<String>)>(([:], []))

            var answered: [String: Position] { state.withLock { $0.answered } }
            var refused: Set<String> { state.withLock { $0.refused } }

            func note(_ text: String, _ result: Result<Appended, any Error>) {
                state.withLock { state in
                    switch result {
                    case .success(let appended): state.answered[text] = appended.first
                    case .failure: state.refused.insert(text)
                    }
                }
            }
        }

        /// Publishes one event after the other until it is cancelled. With keys each is sent until it is answered, to
        /// one node and the other.
        private static func publish(
            as publisher: String, hasKeys: Bool, to nodes: [LogNode], _ ledger: Ledger
        ) async throws {
            var (number, attempt) = (0, 0)
            while !Task.isCancelled {
                let text = "\(publisher) \(number)"
                let key = PublishKey(publisher: publisher, key: text, digest: Array(text.utf8))
                do {
                    let batch = EventBatch([NewEvent(text)], key: hasKeys ? key : nil)
                    let appended = try await nodes[attempt % nodes.count].log.append(batch)
                    ledger.note(text, .success(appended))
                    number += 1
                } catch {
                    if !hasKeys {
                        ledger.note(text, .failure(error))
                        number += 1
                    }
                    await Task.yield()
                }
                attempt += 1
            }
        }

        /// What is done to a server while publishers go on.
        private enum Fault {
            /// It is killed, and started again.
            case kill
            /// It stands still until there is another leader, and goes on where it was.
            case pause
        }

        private static func run(
            _ servers: [NATSServer], _ faults: [Fault], replicas: Int, to victim: () async throws -> NATSServer
        ) async throws {
            var nodes: [LogNode] = []
            for _ in 1...2 {
                nodes.append(try await LogNode.open(servers.map(\.url)) { $0.replicas = replicas })
            }
            let (ledger, two) = (Ledger(), nodes)
            let publishers = (0..<6).map { number in
                Task { try await publish(as: "p\(number)", hasKeys: number < 4, to: two, ledger) }
            }
            for fault in faults {
                try await events(ledger)
                let server = try await victim()
                switch fault {
                case .kill:
                    server.kill()
                    try await server.start()
                case .pause:
                    try await server.pause()
                    try await eventually("another server leads") {
                        try await leader(by: servers.filter { $0 !== server }[0]) != server.port
                    }
                    server.send(SIGCONT)
                }
            }
            try await events(ledger)
            for publisher in publishers { publisher.cancel() }
            for publisher in publishers { _ = await publisher.result }
            try await hold(ledger, nodes)
            for node in nodes { await node.close() }
        }

        /// Waits until more events are answered.
        private static func events(_ ledger: Ledger) async throws {
            let before = ledger.answered.count
            try await eventually("events are answered", within: .seconds(40)) {
                ledger.answered.count > before + 50
            }
        }

        /// Holds what the log has to what was answered.
        private static func hold(_ ledger: Ledger, _ nodes: [LogNode]) async throws {
            let last = try await nodes[0].publish(["the end"])[0].sequence
            for node in nodes {
                try await eventually("the node has all", otherwise: { "\(node.log.head) of \(last)" }) {
                    node.log.head >= last
                }
            }
            let texts = try await nodes[0].texts(after: 0)
            let counts = Dictionary(texts.map { ($0, 1) }) { $0 + $1 }
            let answered = ledger.answered
            for text in answered.keys where counts[text] != 1 {
                Issue.record("\(text) was answered, and is there \(counts[text] ?? 0) times")
            }
            let doubled = counts.filter { $0.value > 1 }
            #expect(doubled.isEmpty, "\(doubled)")
            let order = texts.filter { answered[$0] != nil }
            #expect(order.map { answered[$0] ?? 0 } == answered.values.sorted(), "each is where its answer said")
            for node in nodes {
                let told = node.told.all.filter { counts[$0] != nil }
                #expect(told == texts, "each node has told each event once, in order")
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func oneServerIsKilledAgainAndAgain(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version, #"jetstream { store_dir: "store" }"#)
            try await Self.run([server], [.kill, .kill], replicas: 1) { server }
        }

        /// `SLUICE_NATS=debian` has the cluster made of servers that don't hold it every time.
        private static let version = ProcessInfo.processInfo.environment["SLUICE_NATS"].flatMap {
            NATSServer.Version(rawValue: $0)
        }

        /// An election takes a server of NATS four to nine seconds.
        @Test(.early) func theLeaderOfAClusterIsKilledAndPausedUntilThereIsAnother() async throws {
            let cluster = try await Self.cluster(Self.version ?? .current)
            try await Self.run(cluster, [.kill, .pause], replicas: 3) {
                let leader = try await Self.leader(by: cluster[0])
                return try #require(cluster.first { $0.port == leader })
            }
        }

        /// Who leads the stream with the events, by its port, as another server of its cluster says.
        private static func leader(by server: NATSServer) async throws -> Int? {
            struct Info: Decodable {
                struct Cluster: Decodable { let leader: String? }
                let cluster: Cluster?
            }
            let client = try await NATSCaller.started(server.url).client
            let leader = try await eventually("somebody leads the stream") {
                let answer = try? await client.request(
                    Publication(to: try Subject("$JS.API.STREAM.INFO.sluice")), timeout: .seconds(2))
                return answer.flatMap {
                    try? JSONDecoder().decode(Info.self, from: Data($0.payload.readableBytesView))
                }?
                .cluster?.leader
            }
            await client.shutdown()
            return Int(leader.dropFirst())
        }

        /// Three servers that are one cluster.
        private static func cluster(_ version: NATSServer.Version) async throws -> [NATSServer] {
            let ports = try freePorts(6)
            let routes = ports[3...].map { "\"nats://127.0.0.1:\($0)\"" }.joined(separator: ", ")
            let servers = try await withThrowingTaskGroup(of: (Int, NATSServer).self) { group in
                for number in 0..<3 {
                    let configuration = """
                        server_name: n\(ports[number])
                        jetstream { store_dir: "store" }
                        cluster { name: c, listen: "127.0.0.1:\(ports[3 + number])", routes: [\(routes)] }
                        """
                    group.addTask {
                        (number, try await NATSServer.start(version, configuration, port: ports[number]))
                    }
                }
                return try await group.reduce(into: [Int: NATSServer]()) { $0[$1.0] = $1.1 }
            }
            return (0..<3).compactMap { servers[$0] }
        }
    }
}
