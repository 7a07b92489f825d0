// Promise: `sluice check --origin` says whether a page's browser could use a running gateway, and what is wrong if not.

import Testing

extension Outside {
    @Suite struct OriginCheckTests {
        private static let origin = "https://localhost:3000"

        private static func run(
            _ settings: Settings = [:], _ test: (Gateway) async throws -> Void
        ) async throws {
            let standing: Settings = ["stream.heartbeat": "1s", "cors.origins": "[\"\(origin)\"]"]
            try await Gateway.run(standing.overridden(by: settings), test)
        }

        @Test func anOriginThatIsNotAllowedIsNamed() async throws {
            try await Self.run { gateway in
                let check = try OriginChecking("https://localhost:3001", at: gateway.url, gateway)
                #expect(try await check.ended() == 1)
                #expect(check.wrong.count == 1, "\(check.lines)")
                #expect(
                    check.wrong.first?.contains("cors.origins; add it there exactly as https://localhost:3001") == true)
            }
        }

        @Test func aForeignAuthorityIsNoted() async throws {
            try await Self.run { gateway in
                let foreign = gateway.workspace.path("foreign")
                try await Child(Package.path("certs/make-certs.sh"), ["--dir", foreign], in: gateway.workspace)
                    .succeeded()
                let check = try OriginChecking(
                    Self.origin, at: gateway.url, gateway, authority: foreign + "/ca.pem")
                #expect(try await check.ended() == 1)
                #expect(
                    check.lines.count == 1 && check.lines[0].hasPrefix("✗ certificate of localhost"), "\(check.lines)")
                #expect(check.lines[0].contains("--ca"))
            }
        }

        @Test func aTokenThatIsRefusedIsExplained() async throws {
            try await Self.run(["auth.clock_skew": "0s"]) { gateway in
                let token = try await gateway.token("alice", ttl: "1s")
                try await eventually("the token's end", within: .seconds(40)) {
                    try await gateway.request("/v1/stream", "--head", token: token).status == 401
                }
                let check = try OriginChecking(Self.origin, at: gateway.url, gateway, authority: nil, "--token", token)
                #expect(try await check.ended() == 1)
                for subject in ["token", "session", "stream"] {
                    #expect(check.wrong.contains { $0.hasPrefix("✗ \(subject): ") }, "\(subject): \(check.lines)")
                }
                #expect(!check.lines.joined().contains(token))
            }
        }

        /// Each way of being in the way, and what the check says of it.
        @Test(arguments: [
            ("buffering", "✗ buffering: "), ("wildcard", "✗ preflight for GET /v1/stream: "),
            ("reflecting", "✗ another origin "), ("late-clock", "✗ clock: "), ("http1", "! HTTP/2: "),
            ("compressing", "! stream: "), ("cookie-rewriting", "✗ session cookie: "),
        ])
        func whatIsInTheWayIsFound(manner: String, line: String) async throws {
            try await Self.run { gateway in
                let port = try freePorts(1)[0]
                let proxy = try gateway.startClient(
                    "meddling_proxy.py",
                    [
                        "--manner", manner, "--listen", "\(port)", "--certificate", gateway.certificates.chain, "--key",
                        gateway.certificates.key,
                    ])
                try await eventually("the proxy", otherwise: { proxy.transcript }) { !proxy.output.isEmpty }
                let check = try OriginChecking(
                    Self.origin, at: "https://localhost:\(port)", gateway, authority: nil, "--watch", "5s")
                #expect(try await check.ended() == (line.hasPrefix("✗") ? 1 : 0), "\(check.lines)")
                #expect(check.lines.contains { $0.hasPrefix(line) }, "\(check.lines)")
                proxy.end()
            }
        }

        private static func address(_ url: String, _ gateway: Gateway) async throws -> (code: Int32, lines: [String]) {
            let check = try Child(
                Package.program(), ["check", "--url", url, "--ca", gateway.certificates.authority],
                in: gateway.workspace)
            return (try await check.ended(), check.outputLines)
        }

        /// In an incident nobody knows a page's origin by heart.
        @Test func aURLAloneIsLookedAtAsAnyClientWould() async throws {
            try await Self.run { gateway in
                let check = try await Self.address(gateway.url, gateway)
                #expect(check.code == 0, "\(check.lines)")
                for line in ["✓ certificate of localhost", "✓ HTTP/2", "✓ gateway: ", "✓ clock: ", "! a page's way in"]
                {
                    #expect(check.lines.contains { $0.hasPrefix(line) }, "\(line): \(check.lines)")
                }
            }
        }

        @Test func aURLAtWhichNobodyAnswersIsWrong() async throws {
            try await Self.run { gateway in
                let port = try freePorts(1)[0]
                let check = try await Self.address("https://localhost:\(port)", gateway)
                #expect(check.code == 1 && check.lines.first?.hasPrefix("✗ connection: ") == true, "\(check.lines)")
            }
        }

        @Test(arguments: [
            ["--origin", "https://app.example/"], ["--ca", "ca.pem"], ["--keys", "keys.json"],
            ["--url", "https://localhost:8443", "--keys", "keys.json"],
            ["--origin", "*", "--url", "https://localhost:8443"],
        ])
        func wrongOptionsAreExplained(arguments: [String]) async throws {
            let check = try Child(Package.program(), ["check"] + arguments, in: Workspace())
            #expect(try await check.ended() == 64, "\(check.transcript)")
        }
    }
}
