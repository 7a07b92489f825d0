// Promise: the systemd units in deploy/ let the gateway, and a server of NATS, do what they do. A call that a filter
// has forgotten would end the program, or fail, on an operator's machine only.

import Foundation
import Glibc
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct ServiceUnitTests {
        @Test func theUnitForbidsNoSystemCallThatTheGatewayMakes() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let settings = Gateway.standing(certificates, ports: ports)
                .overridden(by: ["log.kind": "sqlite", "log.path": workspace.path("events.db")])
            let (file, calls) = (try workspace.write(settings.yaml, to: "sluice.yaml"), workspace.path("calls"))
            let program = try Package.program()
            let traced = try Child(
                "strace", ["-f", "-qq", "-o", calls, program, "serve", "--config", file], in: workspace)
            let gateway = try await eventually("the gateway", within: .seconds(20), otherwise: { traced.transcript }) {
                try await Self.process(adminPort: ports[1], in: workspace)
            }
            let token = workspace.path("token")
            let issued = try Child(
                program, ["token", "--keys", certificates.tokenKeys, "--sub", "backend", "--publish", "user:*"],
                in: workspace)
            try await issued.succeeded().write(toFile: token, atomically: true, encoding: .utf8)
            _ = try await Child(
                program,
                [
                    "publish", "--url", "https://localhost:\(ports[0])", "--ca", certificates.authority,
                    "--token-file", token, "--to-user", "alice", "--data", "x",
                ], in: workspace
            ).succeeded()
            _ = try await Child(program, ["reload", "--config", file, "--pid", "\(gateway)"], in: workspace).succeeded()
            kill(gateway, SIGTERM)
            #expect(try await traced.ended(within: .seconds(20)) == 0, "\(traced.transcript)")

            let made = try Self.names(in: String(contentsOfFile: calls, encoding: .utf8))
            #expect(made.contains("accept4") && made.contains("sendto"))
            let allowed = try await Self.allowed(by: "sluice.service", in: workspace)
            let forbidden = made.subtracting(allowed).subtracting(Self.rootsOnly)
            #expect(forbidden.isEmpty, "deploy/sluice.service: SystemCallFilter has to allow \(forbidden.sorted())")
        }

        /// It keeps a stream, syncs it, reads its configuration anew, and stops.
        @Test func theUnitOfNATSForbidsNoSystemCallThatItMakes() async throws {
            let (workspace, port) = (try Workspace(), try freePorts(1)[0])
            let calls = workspace.path("calls")
            let file = try workspace.write(
                "listen: 127.0.0.1:\(port)\njetstream { store_dir: \"\(workspace.path("store"))\", sync_interval: always }\n",
                to: "nats.conf")
            let program = try Package.tool(Package.path(".venv/bin/nats-server"))
            let pid = workspace.path("pid")
            let traced = try Child(
                "strace", ["-f", "-qq", "-o", calls, program, "--config", file, "--pid", pid], in: workspace)
            try await eventually("nats-server", otherwise: { traced.transcript }) {
                traced.errors.contains("Server is ready")
            }
            let caller = try await NATSCaller.started("nats://127.0.0.1:\(port)")
            let stream = #"{"name":"s","subjects":["s.>"],"storage":"file","retention":"limits","num_replicas":1}"#
            for (subject, body) in [("$JS.API.STREAM.CREATE.s", stream), ("s.a", "x")] {
                let answer = try await caller.client.request(
                    Publication(ByteBuffer(string: body), to: try Subject(subject)))
                #expect(!String(buffer: answer.payload).contains("error"), "\(String(buffer: answer.payload))")
            }
            await caller.client.shutdown()
            let process = try #require(pid_t(try String(contentsOfFile: pid, encoding: .utf8)))
            kill(process, SIGHUP)
            try await eventually("it reads its file anew") { traced.errors.contains("Reloaded server configuration") }
            kill(process, SIGTERM)
            #expect(try await traced.ended(within: .seconds(20)) <= 1, "\(traced.transcript)")
            let made = try Self.names(in: String(contentsOfFile: calls, encoding: .utf8))
            #expect(made.contains("accept4") && made.contains("fsync"), "\(made.sorted())")
            let allowed = try await Self.allowed(by: "cluster/nats.service", in: workspace)
            #expect(made.subtracting(allowed).isEmpty, "\(made.subtracting(allowed).sorted())")
        }

        /// SQLite calls it when root opens a file, so that the owner has the journal, too. The unit's user is not root.
        private static let rootsOnly: Set<String> = ["fchown"]

        private static func process(adminPort: Int, in workspace: Workspace) async throws -> pid_t? {
            let asked = try Child("curl", ["--silent", "http://127.0.0.1:\(adminPort)/reloads"], in: workspace)
            guard try await asked.ended() == 0 else { return nil }
            let answer = try JSONSerialization.jsonObject(with: Data(asked.output.utf8)) as? [String: Any]
            return (answer?["process"] as? Int).map { pid_t($0) }
        }

        /// `1234  accept4(7, …`, one line a call.
        private static func names(in trace: String) -> Set<String> {
            Set(trace.matches(of: #/(?m)^\d+ +([a-z0-9_]+)\(/#).map { String($0.1) })
        }

        /// The calls that the unit's filter comes to: each line adds to it or, with `~`, takes from it.
        private static func allowed(by name: String, in workspace: Workspace) async throws -> Set<String> {
            let unit = try String(contentsOfFile: Package.path("deploy/\(name)"), encoding: .utf8)
            var allowed: Set<String> = []
            for line in unit.split(separator: "\n") where line.hasPrefix("SystemCallFilter=") {
                let value = line.dropFirst("SystemCallFilter=".count)
                let words = value.drop { $0 == "~" }.split(separator: " ").map(String.init)
                var calls: Set<String> = []
                for word in words { calls.formUnion(try await expanded(word, in: workspace)) }
                if value.hasPrefix("~") { allowed.subtract(calls) } else { allowed.formUnion(calls) }
            }
            // systemd allows these whatever the filter says (systemd.exec(5)).
            return allowed.union(try await expanded("@default", in: workspace)).union(["execve"])
        }

        private static func expanded(_ word: String, in workspace: Workspace) async throws -> Set<String> {
            guard word.hasPrefix("@") else { return [word] }
            let listed = try await Child("systemd-analyze", ["syscall-filter", word], in: workspace).succeeded()
            var calls: Set<String> = []
            for line in listed.split(separator: "\n").dropFirst() {
                let name = line.trimmingCharacters(in: .whitespaces)
                guard !name.hasPrefix("#"), !name.isEmpty else { continue }
                calls.formUnion(try await expanded(name, in: workspace))
            }
            return calls
        }
    }
}
