// Promise: an identity provider's users get in by its own tokens; its keys change, and it goes away, without anybody
// being thrown out, and nobody makes the gateway ask it too often.

import Foundation
import Testing

extension Outside {
    @Suite struct IdentityProviderTests {
        /// Starts a provider and a gateway that takes its tokens.
        private func run(
            away: Bool = false, settings: Settings = [:], keeping: Double = 0,
            _ test: (Gateway, Int) async throws -> Void
        ) async throws {
            let provider = try await OpenIDProvider.start(away: away)
            let standing: Settings = [
                "cors.origins": #"["https://app.example"]"#,
                "auth.issuers": provider.issuers,
                "auth.grants": #"{"role:editor": {publish: ["user:*"]}}"#,
            ]
            try await Gateway.run(standing.overridden(by: settings), keeping: keeping) { gateway in
                try await test(gateway, provider.port)
            }
            try await provider.end()
        }

        private func users(
            _ scenario: String, _ gateway: Gateway, _ provider: Int, _ options: String...
        ) async throws -> JSONLine {
            let child = try gateway.startClient("openid.py", ["--provider", "\(provider)"] + options + [scenario])
            let lines = JSONLine.all(in: try await child.succeeded(within: .seconds(120)))
            return try #require(lines.last, "\(child.transcript)")
        }

        @Test func aSignInAtTheProviderIsASession() async throws {
            try await run { gateway, provider in
                let said = try await users("sign-in", gateway, provider)
                #expect(said.number("status") == 200 && said.text("user") == "alice", "\(said)")
                #expect(said.flag("opened") == true, "\(said)")
                try await gateway.metric("sluice_key_fetches_total", where: #"result="ok""#, reaches: 2)
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_issuer_keys", where: #"state="known""#) == 2)
                #expect(metrics.sum("sluice_issuer_keys", where: #"state="skipped""#) == 4)
            }
        }

        /// `SLUICE_PROVIDER_STREAMS` makes it the long form, with as many streams.
        @Test func aRotationEndsNoStreamAndRefusesNobody() async throws {
            let streams = ProcessInfo.processInfo.environment["SLUICE_PROVIDER_STREAMS"].flatMap(Int.init) ?? 200
            let more = Gateway.residentSlackPerStream * Double(streams - 200)
            try await run(keeping: more) { gateway, provider in
                let said = try await users("rotation", gateway, provider, "--streams", "\(streams)", "--seconds", "3")
                if streams != 200 { print("rotation: \(said)") }
                #expect(said.flag("opened") == true && said.number("before") == 200, "\(said)")
                #expect(said.number("ended") == 0, "a provider's rotation ends no stream: \(said)")
                #expect(said.flag("welcome") == true, "the new key's tokens get in: \(said)")
                #expect(said.text(of: "statuses") == "[200]", "\(said)")
                #expect(said.text("former") == "token-key-unknown", "the old key opens nothing more: \(said)")
                #expect(try #require(said.number("fetches")) <= 2, "one for the new key, one for the old: \(said)")
            }
        }

        @Test func unknownKeysStartOneFetchPerCooldownAndDisturbNoOtherIssuer() async throws {
            try await run { gateway, provider in
                let said = try await users("flood", gateway, provider, "--seconds", "4")
                print("flood: \(said)")
                let (seconds, fetches) = (try #require(said.number("seconds")), try #require(said.number("fetches")))
                #expect(fetches <= 1 + seconds / 5, "\(said)")
                #expect(try #require(said.number("asked")) > 100, "\(said)")
                #expect(said.text("alien") == "token-signature", "keys of one name are not shared: \(said)")
            }
        }

        @Test func aProviderThatIsAwayAtTheStartIsWaitedFor() async throws {
            try await run(away: true, settings: ["auth.fetch.cooldown": "1s"]) { gateway, provider in
                let said = try await users("away", gateway, provider)
                #expect(said.flag("told") == true && said.text("head") == "HTTP/1.1 200 OK", "\(said)")
                #expect(said.text("word") == "keys-unavailable" && said.text("retryable") == "true", "\(said)")
                #expect(said.number("status") == 503 && said.text("code") == "keys-unavailable", "\(said)")
                #expect(said.text("retry") != nil, "\(said)")
                #expect(said.flag("came") == true, "\(said)")
                let log = gateway.child.errors
                #expect(log.contains("can't be fetched, and there are none from before"))
                #expect(log.contains("can be fetched again"))
            }
        }

        @Test func clientsThatLeaveWhileTheyWaitAreForgotten() async throws {
            try await run(settings: ["auth.fetch.cooldown": "1s"]) { gateway, provider in
                let said = try await users("strangers", gateway, provider, "--streams", "100")
                #expect(said.flag("asked") == true, "the provider is asked, and says nothing: \(said)")
                #expect(said.number("waiting") == 100, "\(said)")
            }
        }

        @Test func checkSaysWhatATokenBecomes() async throws {
            try await run { gateway, provider in
                let file = gateway.workspace.path("token")
                let said = try await users("token", gateway, provider)
                let token = try #require(said.text("token"))
                try token.write(toFile: file, atomically: true, encoding: .utf8)
                let check = try Child(
                    Package.program(),
                    ["check", "--config", gateway.workspace.path("sluice.yaml"), "--token-file", file],
                    in: gateway.workspace)
                _ = try await check.ended()
                let issuer = "https://localhost:\(provider)"
                #expect(check.output.contains("✓ token: is alice's"), "\(check.output)")
                #expect(check.output.contains("of the issuer \(issuer)"), "\(check.output)")
                #expect(check.output.contains("✓ auth.issuers \(issuer): 1 key"), "\(check.output)")
                #expect(!check.output.contains(token) && !check.errors.contains(token))
            }
        }
    }
}
