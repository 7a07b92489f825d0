// Promise: `make cluster` is what it says: three NATS servers, three gateways and HAProxy by the files of
// `deploy/cluster`, of which any one may be killed, by a command or by a button of its page, and the demo on it, whose
// tabs come back at another gateway.

import Foundation
import Glibc
import Testing

extension Outside {
    @Suite struct ClusterScriptTests {
        /// `try.py`, with a pipe for its commands.
        private final class Cluster: Sendable {
            let child: Child
            let ports: [Int]
            private let commands: Int32
            private let workspace: Workspace

            init(_ certificates: Certificates) throws {
                workspace = try Workspace()
                ports = try freePorts(20)
                let pipe = workspace.path("commands")
                try #require(mkfifo(pipe, 0o600) == 0)
                // For reading, too: opening it waits for nobody then.
                commands = open(pipe, O_RDWR | O_CLOEXEC)
                let folder = URL(fileURLWithPath: certificates.chain).deletingLastPathComponent().path
                child = try Child(
                    Package.python(),
                    [
                        Package.path("deploy/cluster/try.py"), "--sluice", Package.program(), "--certificates", folder,
                        "--ports", ports.prefix(16).map(String.init).joined(separator: ","), "--control",
                        "\(ports[16])", "--demo", ports.suffix(3).map(String.init).joined(separator: ","),
                    ], environment: ["PATH": Proxy.path], input: pipe, in: workspace)
            }

            deinit { close(commands) }

            func start() async throws {
                try await eventually("the cluster is ready", within: .seconds(60), otherwise: { child.transcript }) {
                    try #require(child.exitCode == nil, "\(child.transcript)")
                    return child.output.contains("commands: ")
                }
            }

            func stop() async throws {
                type("quit")
                #expect(try await child.ended(within: .seconds(30)) == 0, "\(child.transcript)")
            }

            func type(_ line: String) {
                let bytes = Array("\(line)\n".utf8)
                _ = write(commands, bytes, bytes.count)
            }

            /// What its page asks for, with the token that the script has printed, or without.
            func page(_ path: String, _ options: String..., token isGiven: Bool = true) async throws -> Answer {
                let address = "http://127.0.0.1:\(ports[16])"
                let printed = child.output.components(separatedBy: "\(address)/#").last ?? ""
                let token = printed.prefix { !$0.isWhitespace }
                let authorization = isGiven ? ["--header", "Authorization: Bearer \(token)"] : []
                return try await Curl.request([address + path] + authorization + options, in: workspace)
            }
        }

        private static func curl(
            _ port: Int, _ path: String, _ arguments: [String], _ certificates: Certificates, in workspace: Workspace
        ) throws -> Child {
            try Child(
                "curl",
                ["--silent", "--no-buffer", "--max-time", "60", "--cacert", certificates.authority]
                    + arguments + ["https://localhost:\(port)\(path)"], in: workspace)
        }

        private static func token(
            _ user: String, _ options: [String], _ certificates: Certificates, in workspace: Workspace
        ) async throws -> String {
            let arguments = ["token", "--keys", certificates.tokenKeys, "--sub", user] + options
            let printed = try await Child(Package.program(), arguments, in: workspace).succeeded()
            return "Authorization: Bearer \(printed.trimmingCharacters(in: .newlines))"
        }

        @Test func eventsArriveThroughTheBalancerAndAfterAKill() async throws {
            let (certificates, workspace) = (try await Certificates.shared(), try Workspace())
            let cluster = try Cluster(certificates)
            try await cluster.start()
            for port in cluster.ports[1...3] { #expect(cluster.child.output.contains("https://localhost:\(port)")) }
            let alice = try await Self.token("alice", [], certificates, in: workspace)
            let backend = try await Self.token("backend", ["--publish", "user:*"], certificates, in: workspace)
            // One at each gateway, and one through HAProxy.
            let streams = try cluster.ports[0...3].map {
                Subscription(child: try Self.curl($0, "/v1/stream", ["-H", alice], certificates, in: workspace))
            }
            for stream in streams {
                try await eventually("a stream", otherwise: { cluster.child.transcript }) {
                    !stream.child.output.isEmpty
                }
            }
            func publish(_ data: String, at port: Int) async throws -> Bool {
                let body = #"{"to":{"user":"alice"},"data":"\#(data)"}"#
                let arguments = ["-H", backend, "-H", "Content-Type: application/json", "--data", body]
                let child = try Self.curl(port, "/v1/publish", arguments, certificates, in: workspace)
                return try await child.ended() == 0 && child.output.contains("\"id\"")
            }
            #expect(try await publish("1", at: cluster.ports[0]))
            for stream in streams { #expect(try await stream.events(1).map(\.data) == ["1"]) }

            for path in ["/status", "/parts/gateway-1/kill"] {
                #expect(try await cluster.page(path, "--header", "Host: evil.example").status == 421)
            }
            #expect(try await cluster.page("/status", token: false).status == 401)
            #expect(try await cluster.page("/parts/gateway-1/kill", "--request", "POST", token: false).status == 401)
            #expect(try await cluster.page("/parts/gateway-1/halt", "--request", "POST").status == 404)
            #expect(try await cluster.page("/parts/gateway-1/kill", "--request", "POST").status == 204)
            let status = try await cluster.page("/status").body
            #expect(status.contains(#"{"name": "gateway-1", "kind": "gateway", "state": "down"}"#), "\(status)")
            #expect(status.contains(#""name": "gateway-2", "kind": "gateway", "state": "running", "ready": true"#))
            cluster.type("kill nats-1")
            #expect(try await streams[1].ended() != 0, "its gateway is gone")
            try await eventually("a publish through what is left", otherwise: { cluster.child.transcript }) {
                try await publish("2", at: cluster.ports[2])
            }
            for stream in streams[2...3] {
                try await eventually("the event", otherwise: { stream.child.transcript }) { stream.data.contains("2") }
            }
            try await cluster.stop()
        }

        /// As a person sees it, in a browser.
        @Test(.early) func tabsOfTheDemoComeBackAtAnotherGateway() async throws {
            let (certificates, workspace) = (try await Certificates.shared(), try Workspace())
            let cluster = try Cluster(certificates)
            try await cluster.start()
            let url = try #require(
                cluster.child.output.split(whereSeparator: \.isWhitespace).first {
                    $0.hasPrefix("https://localhost:\(cluster.ports[17])/#")
                }, "\(cluster.child.output)")
            let script = try Child(
                Package.python(),
                [
                    Package.client("cluster_demo.py"), "--url", String(url), "--key",
                    try await certificates.publicKey(in: workspace), "--shots",
                    ProcessInfo.processInfo.environment["SLUICE_SHOTS"] ?? workspace.folder.path,
                ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let seen = try #require(JSONLine.all(in: try await script.succeeded(within: .seconds(150))).first)
            let (before, after) = (seen.texts("before"), seen.texts("after"))
            #expect(Set(before).count > 1, "tabs of one browser are all at \(before)")
            #expect(before.count == 3 && after.count == 3 && !after.contains(before[0]), "\(before), then \(after)")
            #expect(seen.numbers("delays").count == 3 && seen.numbers("late").count == 3)
            #expect(seen.numbers("twice") == [0, 0, 0])
            #expect(seen.texts("flaws") == [] && seen.text("hash") == "")
            try await cluster.stop()
        }
    }
}
