// A real nats-server, in the two versions that NATSClient is held to: Debian's, and one of today.

import Foundation
import NATSClient
import NIOCore
import Synchronization
import Testing

/// A running nats-server, for as long as a test holds it.
final class NATSServer: Sendable {
    enum Version: String, CaseIterable, Sendable {
        /// 2.9.10, of Debian 12.
        case debian
        /// 2.15.1, of the wheel that Tests/nats-requirements.txt pins.
        case current

        fileprivate var program: String {
            switch self {
            case .debian: "/usr/sbin/nats-server"
            case .current: Package.path(".venv/bin/nats-server")
            }
        }
    }

    let workspace: Workspace
    let port: Int
    private let version: Version
    private let arguments: [String]
    private let running: Mutex<Child?>

    /// Starts a server and waits until it takes clients.
    ///
    /// - Parameters:
    ///   - configuration: what stands in its file beside the port.
    ///   - port: a free one, unless it is said.
    static func start(
        _ version: Version, _ configuration: String = "", port: Int? = nil
    ) async throws -> NATSServer {
        let server = try NATSServer(version, configuration, port: port ?? freePorts(1)[0])
        try await server.start()
        return server
    }

    private init(_ version: Version, _ configuration: String, port: Int) throws {
        workspace = try Workspace()
        (self.version, self.port) = (version, port)
        let file = try workspace.write("\(configuration)\n", to: "nats.conf")
        arguments = ["--config", file, "--addr", "127.0.0.1", "--port", "\(port)"]
        running = Mutex(nil)
    }

    /// Starts it, also again.
    func start() async throws {
        let child = try Child(
            try Package.tool(version.program), arguments, in: workspace, folder: workspace.path("."))
        running.withLock { $0 = child }
        try await eventually("nats-server takes clients", otherwise: { child.transcript }) {
            try #require(child.exitCode == nil, "nats-server ended. \(child.transcript)")
            return child.errors.contains("Server is ready")
        }
    }

    func send(_ signal: Int32) { running.withLock { $0?.send(signal) } }

    /// Has it stand still, and waits until it does: a signal takes its time.
    func pause() async throws {
        send(SIGSTOP)
        let tasks = "/proc/\(running.withLock { $0?.process } ?? 0)/task"
        try await eventually("nats-server stands still") {
            try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
                // proc_pid_stat(5): the state stands behind the name in parentheses.
                let fields = try? String(contentsOfFile: "\(tasks)/\(task)/stat", encoding: .utf8)
                return fields?.split(separator: ")").last?.hasPrefix(" T") ?? true
            }
        }
    }

    /// Kills it, as a power cut would.
    func kill() { running.withLock { $0?.end() } }

    var log: String { running.withLock { $0?.errors ?? "" } }

    var url: String { "nats://127.0.0.1:\(port)" }
}

/// A client, and what it has told of itself.
struct NATSCaller: Sendable {
    private final class Journal: Sendable {
        let events = Mutex<[NATSEvent]>([])
    }

    let client: NATSClient
    private let journal = Journal()

    /// Makes a client that is not started.
    init(_ urls: String..., change: (inout NATSConfiguration) -> Void = { _ in }) throws {
        var configuration = NATSConfiguration(
            servers: try urls.map { url throws(NATSError) in try ServerAddress(url) })
        change(&configuration)
        let journal = journal
        client = NATSClient(configuration) { event in journal.events.withLock { $0.append(event) } }
    }

    /// A client that has been let in.
    static func started(
        _ url: String, change: (inout NATSConfiguration) -> Void = { _ in }
    ) async throws -> NATSCaller {
        let caller = try NATSCaller(url, change: change)
        try await caller.client.start()
        return caller
    }

    var events: [NATSEvent] { journal.events.withLock { $0 } }

    /// Whether each connection that was opened has TLS.
    var isSecure: Bool {
        events.allSatisfy { event in
            if case .connected(_, _, let isSecure) = event { isSecure } else { true }
        }
    }

    /// How often it has been let in.
    var connections: Int {
        events.count { event in
            if case .connected = event { true } else { false }
        }
    }

    func publish(_ text: String, to subject: String) async throws {
        try await client.publish(Publication(.init(string: text), to: try Subject(subject)))
    }
}

extension NATSSubscription {
    /// The texts of the next messages, until there are so many. Anything else is a failure.
    func texts(_ count: Int) async throws -> [String] {
        var texts: [String] = []
        var iterator = makeAsyncIterator()
        while texts.count < count, let delivery = try await iterator.next() {
            guard case .message(let message) = delivery else { throw NotAMessage(delivery: delivery) }
            texts.append(String(buffer: message.payload))
        }
        return texts
    }

    struct NotAMessage: Error {
        let delivery: Delivery
    }
}
