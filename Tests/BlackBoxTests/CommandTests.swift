// Promise: the commands can be scripted: fixed options, output that is only the result, exit codes that tell.

import Foundation
import Testing

extension Outside {
    @Suite struct CommandTests {
        @Test func tokenPrintsOnlyTheToken() async throws {
            let (workspace, certificates) = try await (Workspace(), Certificates.shared())
            let child = try Child(
                Package.program(),
                [
                    "token", "--keys", certificates.tokenKeys, "--sub", "alice", "--ttl", "1h", "--subscribe", "news",
                    "--subscribe", "rooms/*", "--publish", "user:*", "--admin",
                ], in: workspace)
            let output = try await child.succeeded()
            #expect(child.errors.isEmpty)
            #expect(output.hasSuffix("\n"))
            let parts = output.dropLast().split(separator: ".", omittingEmptySubsequences: false)
            try #require(parts.count == 3)
            let claims = try Self.decoded(parts[1])
            #expect(claims["sub"] as? String == "alice")
            let (issued, expires) = try (#require(claims["iat"] as? Int), #require(claims["exp"] as? Int))
            #expect(expires - issued == 3600)
            #expect(abs(Double(issued) - Date().timeIntervalSince1970) < 60)
            let grants = try #require(claims["sluice"] as? [String: Any])
            #expect(grants["subscribe"] as? [String] == ["news", "rooms/*"])
            #expect(grants["publish"] as? [String] == ["user:*"])
            #expect(grants["admin"] as? Bool == true)
            #expect(try Self.decoded(parts[0])["kid"] as? String == "dev-1")
        }

        private static func decoded(_ part: Substring) throws -> [String: Any] {
            var text = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
            text += String(repeating: "=", count: (4 - text.count % 4) % 4)
            let object = try JSONSerialization.jsonObject(with: #require(Data(base64Encoded: text)))
            return try #require(object as? [String: Any])
        }

        @Test func publishSendsToEachAudience() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(
                    gateway.token("alice", "--subscribe", "news"), query: "?topic=news")
                let backend = try await gateway.backendToken()
                let input = try gateway.workspace.write("from standard input", to: "input")
                for audience in [["--to-user", "alice"], ["--to-topic", "news"], ["--to-everyone"]] {
                    try await Self.publish(
                        gateway, backend, audience + ["--event", "note", "--data", "for \(audience[0])"])
                }
                try await Self.publish(gateway, backend, ["--to-user", "alice", "--data", "-"], input: input)
                try await stream.events(4)
                #expect(stream.data == ["for --to-user", "for --to-topic", "for --to-everyone", "from standard input"])
                #expect(stream.events.map(\.event) == ["note", "note", "note", nil])
                stream.close()
            }
        }

        private static func publish(
            _ gateway: Gateway, _ token: String, _ arguments: [String], input: String = "/dev/null"
        ) async throws {
            let standing = ["publish", "--url", gateway.url, "--ca", gateway.certificates.authority, "--token", token]
            let child = try Child(Package.program(), standing + arguments, input: input, in: gateway.workspace)
            try await child.succeeded()
        }

        @Test func aRefusedPublishFailsWithTheReason() async throws {
            try await Gateway.run { gateway in
                let reader = try await gateway.token("alice")
                let child = try Child(
                    Package.program(),
                    [
                        "publish", "--url", gateway.url, "--ca", gateway.certificates.authority, "--token", reader,
                        "--to-everyone", "--data", "x",
                    ], in: gateway.workspace)
                #expect(try await child.ended() > 0)
                #expect(child.errors.contains("grant"), "\(child.errors)")
                #expect(!child.errors.contains(reader))
            }
        }

        @Test func wrongOptionsAreExplained() async throws {
            let workspace = try Workspace()
            for arguments in [
                ["publish", "--url", "https://localhost:1", "--token", "t", "--data", "x"],
                ["publish", "--url", "https://localhost:1", "--token", "t", "--to-user", "a", "--to-everyone"],
                ["token", "--sub", "alice"], ["nonsense"],
            ] {
                let child = try Child(Package.program(), arguments, in: workspace)
                #expect(try await child.ended() == 64, "\(arguments): \(child.transcript)")
                #expect(child.errors.contains("Usage"), "\(arguments): \(child.errors)")
            }
        }

        @Test func checkSaysWhetherAGatewayWouldStart() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let settings: Settings = [
                "tls.certificate": certificates.chain, "tls.key": certificates.key, "auth.keys": certificates.tokenKeys,
                "listen.port": "\(ports[0])", "admin.port": "\(ports[1])",
            ]
            let good = try workspace.write(settings.yaml, to: "good.yaml")
            let child = try Child(Package.program(), ["check", "--config", good], in: workspace)
            try await child.succeeded()
            let bad = try workspace.write(settings.overridden(by: ["listen.prot": "1"]).yaml, to: "bad.yaml")
            let failing = try Child(Package.program(), ["check", "--config", bad], in: workspace)
            #expect(try await failing.ended() > 0)
            #expect((failing.output + failing.errors).contains("listen.prot"))
        }
    }
}
