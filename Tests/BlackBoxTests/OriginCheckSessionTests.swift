// Promise: `sluice check --origin` signs in as a page does, and judges the session's cookie.

import Testing

extension Outside {
    @Suite struct OriginCheckSessionTests {
        private static let origin = "https://localhost:3000"

        private static func run(
            _ settings: Settings = [:], _ test: (Gateway) async throws -> Void
        ) async throws {
            let standing: Settings = ["stream.heartbeat": "1s", "cors.origins": "[\"\(origin)\"]"]
            try await Gateway.run(standing.overridden(by: settings), test)
        }

        @Test func nothingIsWrongWithAGoodOne() async throws {
            try await Self.run { gateway in
                let check = try OriginChecking(Self.origin, at: gateway.url, gateway)
                #expect(try await check.ended() == 0, "\(check.lines)")
                #expect(check.lines.allSatisfy { $0.hasPrefix("✓") }, "\(check.lines)")
                #expect(check.lines.count == 15, "\(check.lines)")
                #expect(check.errors.isEmpty)
            }
        }

        @Test func aPageOfAnotherSiteNeedsAnotherCookie() async throws {
            for (sameSite, outcome) in [("lax", "✗"), ("none", "✓")] {
                let settings: Settings = [
                    "cors.origins": "[\"https://app.example\"]", "session.same_site": sameSite,
                ]
                try await Self.run(settings) { gateway in
                    let check = try OriginChecking("https://app.example", at: gateway.url, gateway)
                    #expect(try await check.ended() == (outcome == "✗" ? 1 : 0), "\(check.lines)")
                    #expect(check.lines.contains { $0.hasPrefix("! sites: ") && $0.contains("third-party") })
                    #expect(check.lines.contains { $0.hasPrefix("\(outcome) session cookie: ") }, "\(check.lines)")
                    #expect(
                        check.lines.contains { $0.hasPrefix("✓ heartbeat: ") }, "by token where the cookie is no good")
                }
            }
        }

        @Test func withoutATokenHalfIsLookedAt() async throws {
            try await Self.run { gateway in
                let check = try Child(
                    Package.program(),
                    ["check", "--origin", Self.origin, "--url", gateway.url, "--ca", gateway.certificates.authority],
                    in: gateway.workspace)
                try await check.succeeded()
                #expect(check.output.contains("! session and stream: "))
            }
        }

        @Test func theConfigurationSaysWhereAndWithWhichKeys() async throws {
            try await Self.run { gateway in
                let check = try Child(
                    Package.program(),
                    [
                        "check", "--origin", Self.origin, "--ca", gateway.certificates.authority, "--config",
                        gateway.workspace.path("sluice.yaml"),
                    ], in: gateway.workspace)
                try await check.succeeded()
                #expect(check.output.contains("✓ heartbeat: "))
            }
        }
    }
}
