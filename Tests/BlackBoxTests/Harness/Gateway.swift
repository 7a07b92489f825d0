// The real gateway, as an operator starts it: a configuration file, a process, two ports, signals.

import Foundation
import Glibc
import Testing

/// A running `sluice serve`.
final class Gateway: Sendable {
    /// What a gateway at rest may have grown by after a test: the allocator keeps pages that a burst has touched.
    static let residentSlack = 16.0 * 1024 * 1024
    /// And of each stream of a long form, beyond those that the short form has: pieces between those of others.
    static let residentSlackPerStream = 16.0 * 1024

    let workspace: Workspace
    let certificates: Certificates
    let port: Int
    let adminPort: Int
    let child: Child
    private let baseline: Metrics

    private init(workspace: Workspace, certificates: Certificates, ports: [Int], child: Child, baseline: Metrics) {
        self.workspace = workspace
        self.certificates = certificates
        (port, adminPort) = (ports[0], ports[1])
        self.child = child
        self.baseline = baseline
    }

    /// Starts a gateway, runs the test, and holds the gateway to its baseline and to a clean exit.
    ///
    /// - Parameters:
    ///   - openFiles: how many files the system lets it have open; without it as many as the tests.
    ///   - environment: variables set beside those of the tests.
    ///   - keeping: bytes of accounts that the test fills: what is in them may stay, or the allocator keeps its pages.
    static func run(
        _ settings: Settings = [:], openFiles: Int? = nil, environment: [String: String] = [:], keeping: Double = 0,
        _ test: (Gateway) async throws -> Void
    ) async throws {
        let gateway = try await start(settings, openFiles: openFiles, environment: environment)
        try await test(gateway)
        try await gateway.backToBaseline(keeping: keeping)
        try await gateway.stop()
    }

    /// Starts a gateway on free ports, or on those given, and waits until it is ready.
    static func start(
        _ settings: Settings = [:], ports given: [Int]? = nil, openFiles: Int? = nil,
        environment: [String: String] = [:]
    ) async throws -> Gateway {
        let workspace = try Workspace()
        let certificates = try await Certificates.shared()
        let ports = try given ?? freePorts(2)
        let file = try workspace.write(
            standing(certificates, ports: ports).overridden(by: settings).yaml, to: "sluice.yaml")
        let serve = [try Package.program(), "serve", "--config", file]
        let limited = openFiles.map { ["prlimit", "--nofile=\($0):\($0)"] + serve } ?? serve
        let child = try Child(limited[0], Array(limited.dropFirst()), environment: environment, in: workspace)
        try await eventually("a ready gateway", otherwise: { child.transcript }) {
            if let code = child.exitCode { throw NotInTime(description: "it ended with \(code). \(child.transcript)") }
            return try await admin("/readyz", port: ports[1], in: workspace)?.status == 200
        }
        return Gateway(
            workspace: workspace, certificates: certificates, ports: ports, child: child,
            baseline: try await firstMetrics(port: ports[1], in: workspace))
    }

    /// What a gateway holds that has just become ready: read until two readings in a row agree. The first one itself
    /// makes the admin listener touch memory, and Dispatch opens the descriptors of signals when it gets to it.
    private static func firstMetrics(port: Int, in workspace: Workspace) async throws -> Metrics {
        var last = try await readMetrics(port: port, in: workspace)
        while true {
            let next = try await readMetrics(port: port, in: workspace)
            guard next.openDescriptors != last.openDescriptors else { return next }
            last = next
        }
    }

    static func standing(_ certificates: Certificates, ports: [Int]) -> Settings {
        [
            "listen.address": "127.0.0.1", "listen.port": "\(ports[0])",
            "admin.address": "127.0.0.1", "admin.port": "\(ports[1])",
            "tls.certificate": certificates.chain, "tls.key": certificates.key,
            "auth.keys": certificates.tokenKeys,
            // Tests count connections, descriptors and work. Those of the canaries turn them on.
            "canary.interval": "0s",
        ]
    }

    var url: String { "https://localhost:\(port)" }

    /// Asks it to stop, as an operator's service manager does, and holds it to a clean exit.
    func stop(within limit: Duration = .seconds(15)) async throws {
        child.send(SIGTERM)
        let code = try await child.ended(within: limit)
        try #require(code == 0, "after SIGTERM the gateway ended with \(code). \(child.transcript)")
    }
}

// MARK: - Its own figures

extension Gateway {
    /// An answer of the admin listener; nil while nobody listens.
    private static func admin(
        _ path: String, _ arguments: [String] = [], port: Int, in workspace: Workspace
    ) async throws -> Answer? {
        let head = workspace.freshPath("head")
        let curl = try Child(
            "curl",
            ["--silent", "--max-time", "10", "--dump-header", head, "http://127.0.0.1:\(port)\(path)"] + arguments,
            in: workspace)
        guard try await curl.ended() == 0 else { return nil }
        return try Answer(head: String(contentsOfFile: head, encoding: .utf8), body: curl.output)
    }

    private static func readMetrics(port: Int, in workspace: Workspace) async throws -> Metrics {
        let answer = try await admin("/metrics", port: port, in: workspace)
        return Metrics(text: try #require(answer, "the admin listener does not answer").body)
    }

    func admin(_ path: String, _ arguments: String...) async throws -> Answer {
        let answer = try await Self.admin(path, arguments, port: adminPort, in: workspace)
        return try #require(answer, "the admin listener does not answer")
    }

    func metrics() async throws -> Metrics { try await Self.readMetrics(port: adminPort, in: workspace) }

    /// Waits until a metric has at least a value.
    func metric(_ name: String, where label: String = "", reaches value: Double) async throws {
        try await eventually("\(name){\(label)} >= \(value)", otherwise: { self.child.transcript }) {
            try await self.metrics().sum(name, where: label) >= value
        }
    }

    /// Holds the gateway to what it held before the test: no streams and connections, no descriptor more, and no more
    /// memory than ``residentSlack`` above.
    func backToBaseline(keeping: Double = 0) async throws {
        var last = baseline
        do {
            try await eventually("back to baseline") {
                last = try await self.metrics()
                return last.streams == 0 && last.connections == 0
                    && last.openDescriptors <= self.baseline.openDescriptors
            }
        } catch is NotInTime {
            Issue.record(
                """
                not back to baseline: \(last.streams) streams, \(last.connections) connections, \
                \(last.openDescriptors) descriptors (before: \(baseline.openDescriptors)). \(child.transcript)
                """)
        }
        // What the log holds in memory is there to stay.
        let grown = last.residentBytes - baseline.residentBytes - last.sum("sluice_log_bytes")
        #expect(grown <= Self.residentSlack + keeping, "grew by \(Int(grown) / 1024) KiB")
    }
}
