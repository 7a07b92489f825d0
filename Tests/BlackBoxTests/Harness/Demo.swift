// The real demo, as `make run` starts it, but on free ports.

import Foundation
import Glibc
import Testing

/// A running `sluice demo`.
final class Demo: Sendable {
    private let workspace: Workspace
    private let certificates: Certificates
    private let ports: [Int]
    private let child: Child
    /// The file of the gateway's log, for who takes it away.
    private var log: String { Self.log(in: workspace) }

    private init(workspace: Workspace, certificates: Certificates, ports: [Int], child: Child) {
        self.workspace = workspace
        self.certificates = certificates
        self.ports = ports
        self.child = child
    }

    /// The command line's arguments behind `demo`.
    ///
    /// - Parameter ports: of the gateway, its admin listener, and the page.
    static func arguments(ports: [Int]) async throws -> [String] {
        let certificates = try await Certificates.shared()
        return [
            "--listen-port", "\(ports[0])", "--admin-port", "\(ports[1])", "--demo-port", "\(ports[2])",
            "--tls-certificate", certificates.chain, "--tls-key", certificates.key,
            "--auth-keys", certificates.tokenKeys, "--ca", certificates.authority,
        ]
    }

    private static func log(in workspace: Workspace) -> String { workspace.path("events.db") }

    /// Starts the demo on free ports, or on those given, and waits until it invites. Its log is a file of its own,
    /// which an outage can take away.
    static func start(ports given: [Int]? = nil) async throws -> Demo {
        let workspace = try Workspace()
        let ports = try given ?? freePorts(3)
        let settings = [
            "--log-kind", "sqlite", "--log-path", log(in: workspace), "--log-durability", "normal",
            "--log-stale-after", "300ms",
        ]
        let arguments = try await arguments(ports: ports) + settings
        let child = try Child(Package.program(), ["demo"] + arguments, in: workspace)
        try await eventually("the demo's invitation", otherwise: { child.transcript }) {
            if let code = child.exitCode { throw NotInTime(description: "it ended with \(code). \(child.transcript)") }
            return child.output.contains("https://localhost:\(ports[2])")
        }
        return Demo(
            workspace: workspace, certificates: try await Certificates.shared(), ports: ports, child: child)
    }

    /// Stops it, and starts another one in its place, with another log. Its board was in memory.
    func startAnew() async throws -> Demo {
        try await stop()
        return try await Demo.start(ports: ports)
    }

    /// Starts three people who use it. Their script prints what it sees; when it prints the step `restart`, the demo
    /// has to be started anew. Who uses the keyboard also takes screenshots: into a temporary folder, or the one that
    /// `SLUICE_SHOTS` names.
    func use(_ version: Browser.HTTPVersion, by means: String, without left: [String]) async throws -> Child {
        let folder = ProcessInfo.processInfo.environment["SLUICE_SHOTS"] ?? workspace.folder.path
        let script = [
            Package.client("demo_browser.py"), "--page", "\(ports[2])", "--gateway", "\(ports[0])",
            "--key", try await certificates.publicKey(in: workspace), "--protocol", version.rawValue, "--by", means,
            "--log", log, "--without",
        ]
        return try Child(
            Package.python(), script + left + (means == "keyboard" ? ["--shots", folder] : []),
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
    }

    /// Asks it to stop, and holds it to a clean exit.
    func stop() async throws {
        child.send(SIGTERM)
        let code = try await child.ended()
        try #require(code == 0, "after SIGTERM the demo ended with \(code). \(child.transcript)")
    }
}

extension Certificates {
    /// What Chromium is told to trust: the server's key alone, so that it checks everything else as ever.
    func publicKey(in workspace: Workspace) async throws -> String {
        let command = """
            openssl x509 -in '\(chain)' -pubkey -noout | openssl pkey -pubin -outform der \
            | openssl dgst -sha256 -binary | openssl base64
            """
        let printed = try await Child("sh", ["-c", command], in: workspace).succeeded()
        return printed.trimmingCharacters(in: .newlines)
    }
}
