// A proxy before a gateway and its standby, run as an operator would from a file in `deploy`, with this machine's ports
// and paths.

import Foundation
import Testing

/// A running nginx or HAProxy.
final class Proxy: Sendable {
    /// What runs a file of `deploy`.
    enum Kind: String, Sendable, CaseIterable {
        case nginx = "nginx.conf"
        case nginxPassthrough = "nginx-passthrough.conf"
        case haproxy = "haproxy.cfg"
        case haproxyPassthrough = "haproxy-passthrough.cfg"

        var isNginx: Bool { self == .nginx || self == .nginxPassthrough }
        /// Whether it ends TLS itself.
        var endsTLS: Bool { self == .nginx || self == .haproxy }
    }

    /// The gateways that the files name.
    struct Gateways: Sendable {
        let first: Gateway
        let standby: Gateway
    }

    let port: Int
    private let child: Child

    var url: String { "https://localhost:\(port)" }
    var transcript: String { child.transcript }

    private init(port: Int, child: Child) {
        (self.port, self.child) = (port, child)
    }

    /// Starts a proxy before its gateways and waits until it takes connections.
    ///
    /// - Parameter changes: what to change in the file beside addresses and paths, each text and what stands in its
    ///   place.
    static func start(
        _ kind: Kind, before gateways: Gateways, changes: [(String, String)] = [],
        within limit: Duration = .seconds(20)
    ) async throws -> Proxy {
        let proxy = try launch(kind, before: gateways, changes: changes)
        try await proxy.serves(gateways.first, within: limit)
        return proxy
    }

    /// The page's origin that gateways behind a proxy allow: of the same site as they.
    static let origin = "https://localhost:3000"
    static let settings: Settings = ["stream.heartbeat": "1s", "cors.origins": "[\"\(origin)\"]"]

    /// Runs a test of a gateway behind a proxy. The proxy ends first: it may keep connections to the gateway.
    static func behind(
        _ kind: Kind, settings: Settings = [:], changes: [(String, String)] = [],
        _ test: (Gateway, Proxy) async throws -> Void
    ) async throws {
        try await between(kind, settings: settings, changes: changes) { gateways, proxy in
            try await test(gateways.first, proxy)
        }
    }

    /// Runs a test of a proxy and both gateways that its file names.
    static func between(
        _ kind: Kind, settings: Settings = [:], changes: [(String, String)] = [],
        _ test: (Gateways, Proxy) async throws -> Void
    ) async throws {
        try await pair(settings) { gateways in
            let proxy = try await start(kind, before: gateways, changes: changes)
            defer { proxy.end() }
            try await test(gateways, proxy)
        }
    }

    /// Runs a test of two gateways that know nothing of each other.
    static func pair(_ more: Settings = [:], _ test: (Gateways) async throws -> Void) async throws {
        try await Gateway.run(settings.overridden(by: more)) { first in
            try await Gateway.run(settings.overridden(by: more)) { standby in
                try await test(Gateways(first: first, standby: standby))
            }
        }
    }

    /// Starts a proxy and does not wait for it.
    static func launch(
        _ kind: Kind, before gateways: Gateways, changes: [(String, String)] = []
    ) throws -> Proxy {
        let (port, gateway) = (try freePorts(1)[0], gateways.first)
        var text = try String(contentsOfFile: Package.path("deploy/" + kind.rawValue), encoding: .utf8)
        for (old, new) in try places(kind, gateways, port: port) + changes {
            try #require(text.contains(old), "deploy/\(kind.rawValue) has no \(old)")
            text = text.replacing(old, with: new)
        }
        let file = try gateway.workspace.write(text, to: "\(UUID().uuidString)-\(kind.rawValue)")
        let arguments =
            kind.isNginx
            ? ["-c", file, "-e", "stderr", "-g", "daemon off; pid \(gateway.workspace.freshPath("pid"));"]
            : ["-db", "-f", file]
        let program = kind.isNginx ? "nginx" : "haproxy"
        let child = try Child(program, arguments, environment: ["PATH": Self.path], in: gateway.workspace)
        return Proxy(port: port, child: child)
    }

    /// Debian keeps both programs where only administrators look for programs.
    static let path =
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin"

    /// What stands in the file, and what this machine has instead.
    private static func places(_ kind: Kind, _ gateways: Gateways, port: Int) throws -> [(String, String)] {
        let (certificates, gateway) = (gateways.first.certificates, gateways.first)
        let combined = try [certificates.chain, certificates.key].map {
            try String(contentsOfFile: $0, encoding: .utf8)
        }
        let pair = try gateway.workspace.write(combined.joined(), to: "pair.pem")
        let addresses = [("10.0.0.11", gateway), ("10.0.0.12", gateways.standby)]
        let nginx =
            addresses.map { ("\($0):8443", "127.0.0.1:\($1.port)") } + [("listen 443", "listen 127.0.0.1:\(port)")]
        let haproxy =
            addresses.map {
                (
                    "\($0):8443 check port 8444 inter 2s",
                    "127.0.0.1:\($1.port) check port \($1.adminPort) inter 100ms"
                )
            } + [("bind :443", "bind 127.0.0.1:\(port)")]
        switch kind {
        case .nginx:
            return nginx + [
                ("/etc/nginx/events.example.com.pem", certificates.chain),
                ("/etc/nginx/events.example.com.key", certificates.key),
                ("/etc/nginx/gateway-ca.pem", certificates.authority), ("events.example.com", "localhost"),
            ]
        case .haproxy:
            return haproxy + [
                ("/etc/haproxy/events.example.com.pem", pair), ("/etc/haproxy/gateway-ca.pem", certificates.authority),
                ("events.example.com", "localhost"),
            ]
        case .nginxPassthrough: return nginx
        case .haproxyPassthrough: return haproxy
        }
    }

    private func serves(_ gateway: Gateway, within limit: Duration) async throws {
        try await eventually("an answer through the proxy", within: limit, otherwise: { self.transcript }) {
            if let code = child.exitCode { throw NotInTime(description: "it ended with \(code). \(transcript)") }
            return try await passesOn(gateway)
        }
    }

    /// Whether the gateway answers through it: 401, since nothing is sent to identify anybody.
    func passesOn(_ gateway: Gateway) async throws -> Bool {
        let curl = try Child(
            "curl",
            [
                "--silent", "--max-time", "2", "--cacert", gateway.certificates.authority, "--output", "/dev/null",
                "--write-out", "%{http_code}", url + "/v1/stream",
            ], in: gateway.workspace)
        _ = try await curl.ended()
        return curl.output == "401"
    }

    /// Ends it, with the connections that it holds to the gateway.
    func end() { child.end() }
}
