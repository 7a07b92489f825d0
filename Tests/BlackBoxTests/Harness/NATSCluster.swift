// Servers of NATS with JetStream, one alone or a cluster, and the settings of a gateway that has its log there.

import Foundation
import Testing

/// Running servers, for as long as a test holds them.
final class NATSCluster: Sendable {
    let servers: [NATSServer]
    private let monitors: [Int]
    private let workspace: Workspace

    /// Starts servers and waits until they take clients.
    ///
    /// - Parameter syncsAlways: whether they sync what they acknowledge (`sync_interval: always`).
    static func start(
        _ count: Int = 1, _ version: NATSServer.Version = .current, syncsAlways: Bool = true
    ) async throws -> NATSCluster {
        let (workspace, ports) = (try Workspace(), try freePorts(3 * count))
        let routes = (0..<count).map { "nats://127.0.0.1:\(ports[3 * $0 + 2])" }
        let configurations = (0..<count).map { number in
            let cluster =
                "cluster { name: c, listen: 127.0.0.1:\(ports[3 * number + 2]), routes: [\(routes.joined(separator: ", "))] }"
            return """
                server_name: n\(number + 1)
                http: 127.0.0.1:\(ports[3 * number + 1])
                jetstream { store_dir: "\(workspace.path("n\(number + 1)"))"\(syncsAlways ? ", sync_interval: always" : "") }
                \(count > 1 ? cluster : "")
                """
        }
        let servers = try await withThrowingTaskGroup(of: (Int, NATSServer).self) { tasks in
            for (number, configuration) in configurations.enumerated() {
                tasks.addTask {
                    (number, try await NATSServer.start(version, configuration, port: ports[3 * number]))
                }
            }
            return try await tasks.reduce(into: [Int: NATSServer]()) { $0[$1.0] = $1.1 }
        }
        return NATSCluster(
            servers: (0..<count).compactMap { servers[$0] }, monitors: (0..<count).map { ports[3 * $0 + 1] },
            in: workspace)
    }

    private init(servers: [NATSServer], monitors: [Int], in workspace: Workspace) {
        (self.servers, self.monitors, self.workspace) = (servers, monitors, workspace)
    }

    /// What makes a gateway's log live here. The first gateway makes the streams.
    var settings: Settings {
        [
            "log.kind": "jetstream", "log.durability": "replicated", "log.stale_after": "300ms",
            "log.jetstream.servers": list(servers.map(\.url)),
            "log.jetstream.monitor": list(monitors.map { "http://127.0.0.1:\($0)" }),
            "log.jetstream.replicas": "\(servers.count)", "log.jetstream.create": "true",
        ]
    }

    private func list(_ items: [String]) -> String { "[" + items.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }

    /// Starts gateways that share the log, one after the other, and ends them.
    func run(gateways count: Int, _ changes: Settings = [:], _ test: ([Gateway]) async throws -> Void) async throws {
        var gateways: [Gateway] = []
        for _ in 0..<count { gateways.append(try await Gateway.start(settings.overridden(by: changes))) }
        try await test(gateways)
        for gateway in gateways {
            try await gateway.backToBaseline()
            try await gateway.stop()
        }
    }
}
