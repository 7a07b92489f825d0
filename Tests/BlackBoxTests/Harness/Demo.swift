// The real demo, as `make run` starts it, but on free ports.

import Foundation
import Glibc
import Testing

/// A running `sluice demo`.
final class Demo: Sendable {
    private let workspace: Workspace
    private let certificates: Certificates
    private let port: Int
    private let child: Child

    private init(workspace: Workspace, certificates: Certificates, port: Int, child: Child) {
        self.workspace = workspace
        self.certificates = certificates
        self.port = port
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

    /// Starts the demo and waits until it invites.
    static func start() async throws -> Demo {
        let workspace = try Workspace()
        let ports = try freePorts(3)
        let child = try Child(Package.program(), ["demo"] + (try await arguments(ports: ports)), in: workspace)
        try await eventually("the demo's invitation", otherwise: { child.transcript }) {
            if let code = child.exitCode { throw NotInTime(description: "it ended with \(code). \(child.transcript)") }
            return child.output.contains("https://localhost:\(ports[2])")
        }
        return Demo(
            workspace: workspace, certificates: try await Certificates.shared(), port: ports[2], child: child)
    }

    /// Clicks through it. Screenshots go to a temporary folder, or to the one that `SLUICE_SHOTS` names.
    func browse() async throws -> [JSONLine] {
        let shots = ProcessInfo.processInfo.environment["SLUICE_SHOTS"] ?? workspace.folder.path
        let script = [
            Package.client("demo_browser.py"), "--url", "https://localhost:\(port)", "--key", try await publicKey(),
            "--shots", shots,
        ]
        let client = try Child(
            Package.python(), script, environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
        return JSONLine.all(in: try await client.succeeded(within: .seconds(170)))
    }

    /// What Chromium is told to trust: the server's key alone, so that it checks everything else as ever.
    private func publicKey() async throws -> String {
        let command = """
            openssl x509 -in '\(certificates.chain)' -pubkey -noout | openssl pkey -pubin -outform der \
            | openssl dgst -sha256 -binary | openssl base64
            """
        let printed = try await Child("sh", ["-c", command], in: workspace).succeeded()
        return printed.trimmingCharacters(in: .newlines)
    }

    /// Asks it to stop, and holds it to a clean exit.
    func stop() async throws {
        child.send(SIGTERM)
        let code = try await child.ended()
        try #require(code == 0, "after SIGTERM the demo ended with \(code). \(child.transcript)")
    }
}
