// A node of a log on JetStream within the test's process: the engine, its client, and what its tail was told. And a
// way to take its network away while others keep theirs.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore
import Synchronization
import Testing

/// One node.
final class LogNode: Sendable {
    let log: JetStreamEventLog
    let told = ToldLog()
    private let client: NATSClient

    /// Opens a node on a store, which is made if it is missing.
    static func open(
        _ urls: [String], change: (inout JetStreamSettings) -> Void = { _ in }
    ) async throws -> LogNode {
        var settings = JetStreamSettings(
            mayCreate: true, limits: LogSettings(bytes: 1 << 28, events: 2_000_000, seconds: 3600))
        change(&settings)
        var configuration = NATSConfiguration(servers: try urls.map { url throws(NATSError) in try ServerAddress(url) })
        configuration.connection.pingInterval = .seconds(1)
        configuration.connection.loginTime = .seconds(2)
        configuration.reconnect.longestWait = .milliseconds(500)
        let client = NATSClient(configuration)
        try await client.start()
        return try await LogNode(settings, client)
    }

    static func open(
        _ url: String, change: (inout JetStreamSettings) -> Void = { _ in }
    ) async throws -> LogNode { try await open([url], change: change) }

    private init(_ settings: JetStreamSettings, _ client: NATSClient) async throws {
        self.client = client
        let told = told
        log = try await JetStreamEventLog.open(
            settings, client: client,
            clock: { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
            random: { UInt64.random(in: .min ... .max) }, report: { told.notices.note("\($0)") })
        log.follow(told.tail)
    }

    func close() async {
        await log.close()
        await client.shutdown()
    }

    /// Publishes texts to everyone, each by itself.
    ///
    /// - Returns: their ids.
    @discardableResult
    func publish(_ texts: [String], to audience: Audience = .everyone) async throws -> [LoggedEventID] {
        try await log.append(EventBatch(texts.map { NewEvent(to: audience, $0) })).receipts.map(\.id)
    }

    /// What the events say that a reader finds behind a place.
    func texts(after position: Position, for interest: Interest = Interest(user: "alice")) async throws -> [String] {
        try await log.readAll(after: position, for: interest).map(\.text)
    }
}

/// What a tail was told, in its order, in words.
final class ToldLog: Sendable {
    final class Words: Sendable {
        private let words = Mutex<[String]>([])

        func note(_ word: String) { words.withLock { $0.append(word) } }

        var all: [String] { words.withLock { $0 } }
    }

    private let words = Words()
    let notices = Words()

    private let kept = Mutex(KeptSessions(SessionSettings()))

    /// The sessions that are kept, by what it was told.
    var sessions: Set<KeptSession.Name> { kept.withLock { Set($0.all.map(\.name)) } }

    /// The events' texts, and a word for what else was told.
    var all: [String] { words.all }

    var tail: Tail {
        Tail { element in
            switch element {
            case .events(let events): events.forEach { self.words.note($0.text) }
            case .epochBegan(let place): self.words.note("epoch \(place.sequence)")
            case .overtaken(let place): self.words.note("overtaken \(place)")
            case .interrupted: self.words.note("interrupted")
            case .resumed: self.words.note("resumed")
            case .revoked(let revocations, _): revocations.forEach { self.words.note("revoked \($0.target.name)") }
            case .sessions(let change):
                self.kept.withLock { $0.apply(change) }
                change.kept.forEach { self.words.note("kept \($0.user)") }
                if !change.forgotten.isEmpty { self.words.note("forgotten \(change.forgotten.count)") }
            case .disconnected(let order): self.words.note("disconnected \(order.user)")
            case .renewed(let renewal): self.words.note("renewed \(renewal.user)")
            }
        }
    }
}

extension LoggedEvent {
    /// What stands in its data.
    var text: String {
        String(buffer: frame.bytes).split(separator: "\n").first { $0.hasPrefix("data: ") }
            .map { String($0.dropFirst("data: ".count)) } ?? ""
    }
}

/// A way to a server that can be cut, and blocked.
final class NATSRelay: Sendable {
    private let port: Int
    private let workspace: Workspace
    private let running: Mutex<Child?>

    init(to server: NATSServer) throws {
        workspace = try Workspace()
        port = try freePorts(1)[0]
        let lines = [
            "defaults", "    mode tcp", "    timeout connect 5s", "    timeout client 1h", "    timeout server 1h",
            "listen relay", "    bind 127.0.0.1:\(port)", "    server nats 127.0.0.1:\(server.port)", "",
        ]
        _ = try workspace.write(lines.joined(separator: "\n"), to: "relay.cfg")
        running = Mutex(nil)
    }

    var url: String { "nats://127.0.0.1:\(port)" }

    /// Opens it, also again.
    func open() async throws {
        let child = try Child(
            "haproxy", ["-db", "-f", workspace.path("relay.cfg")], environment: ["PATH": Proxy.path], in: workspace)
        running.withLock { $0 = child }
        try await eventually("the relay takes connections", otherwise: { child.transcript }) {
            (try? await NATSCaller.started(url))?.connections == 1
        }
    }

    /// Ends its connections, and takes none.
    func cut() { running.withLock { $0?.end() } }

    /// Lets nothing through, and ends nothing; with `SIGCONT` all of it.
    func send(_ signal: Int32) { running.withLock { $0?.send(signal) } }
}
