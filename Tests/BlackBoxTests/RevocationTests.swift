// Promise: a revoked token is good no more: its streams are gone within a second, whoever shows it later is refused,
// also on a connection that has shown it before, and neither a kill nor a restart lets it in again. Others notice
// nothing.

import Foundation
import Testing

extension Outside {
    @Suite struct RevocationTests {
        /// The answer, and how many seconds it took behind the handshake.
        private static func timedRevocation(of user: String, on gateway: Gateway) async throws -> (String, Double) {
            let curl = try Child(
                "curl",
                [
                    "--silent", "--cacert", gateway.certificates.authority, "--write-out",
                    "\n%{time_pretransfer} %{time_starttransfer}", "--header",
                    "Authorization: Bearer \(try await gateway.token("root", "--admin"))", "--header",
                    "Content-Type: application/json", "--data-binary", #"{"sub":"\#(user)"}"#,
                    "\(gateway.url)/v1/revocations",
                ], in: gateway.workspace)
            let lines = try await curl.succeeded().split(separator: "\n")
            let times = try #require(lines.last).split(separator: " ").compactMap { Double($0) }
            try #require(lines.count == 2 && times.count == 2)
            return (String(lines[0]), times[1] - times[0])
        }

        @Test func aUsersStreamsAreGoneWithinASecondAndStayAwayAfterAKill() async throws {
            let workspace = try Workspace()
            let settings: Settings = ["log.kind": "sqlite", "log.path": workspace.path("events.db")]
            let first = try await Gateway.start(settings)
            let (alice, bob, backend) = try await (
                first.token("alice"), first.token("bob"), first.backendToken()
            )
            let hers = try await [
                first.open(alice), first.open(alice, query: "", at: nil, "--http1.1"), first.open(alice),
            ]
            let his = try await first.open(bob)
            // It is answered when the streams have ended. How long that took says whoever asked, and no client that has
            // to be run beside other tests.
            let (answer, seconds) = try await Self.timedRevocation(of: "alice", on: first)
            #expect(answer == #"{"streamsEnded":3}"#)
            #expect(seconds < 1)
            for stream in hers {
                #expect(try await stream.ended() == 0)
                #expect(stream.events.last?.event == "sluice.rejected")
                #expect(stream.events.last?.data?.contains(#""code":"token-revoked""#) == true)
            }
            #expect(try await first.request("/v1/stream", token: alice).code == "token-revoked")
            _ = try await first.publish(#"{"to":{"everyone":true},"data":"on"}"#, token: backend)
            #expect(try await his.events(1).map(\.data) == ["on"])
            #expect(try await first.metrics().sum("sluice_revocations") == 1)
            try await eventually("a line about it") { first.child.errors.contains("An administrator acted.") }
            let line = first.child.errors.split(separator: "\n").first { $0.contains("An administrator acted.") }
            for word in ["act=revoke", "administrator=root", "client=127.0.0.1", "sub=alice", "streams_ended=3"] {
                #expect(line?.contains(word) == true, "\(word): \(line ?? "")")
            }
            first.child.send(SIGKILL)
            _ = try await first.child.ended()

            let second = try await Gateway.start(settings, ports: [first.port, first.adminPort])
            #expect(try await second.request("/v1/stream", token: alice).code == "token-revoked")
            #expect(try await second.request("/v1/stream", "--head", token: bob).status == 200)
            // Who signs in anew has a token that was issued later.
            try await eventually("a token that was issued in a later second") {
                try await second.request("/v1/stream", "--head", token: second.token("alice")).status == 200
            }
            try await second.stop()
        }

        @Test func aPublishersConnectionIsRefusedFromTheNextRequestOn() async throws {
            try await Gateway.run { gateway in
                let backend = try await gateway.backendToken()
                let publish = [
                    "--cacert", gateway.certificates.authority, "--silent", "--write-out",
                    "%{http_code} %{num_connects}\n",
                    "--output", "/dev/null", "--header", "Authorization: Bearer \(backend)", "--header",
                    "Content-Type: application/json", "--data-binary", #"{"to":{"everyone":true},"data":"1"}"#,
                    "\(gateway.url)/v1/publish",
                ]
                let admin = [
                    "--next", "--cacert", gateway.certificates.authority, "--silent", "--write-out",
                    "%{http_code} %{num_connects}\n", "--output", "/dev/null", "--header",
                    "Authorization: Bearer \(try await gateway.token("root", "--admin"))", "--header",
                    "Content-Type: application/json", "--data-binary", #"{"sub":"backend"}"#,
                    "\(gateway.url)/v1/revocations", "--next",
                ]
                let curl = try Child("curl", publish + admin + publish, in: gateway.workspace)
                #expect(try await curl.succeeded() == "200 1\n200 0\n401 0\n")
            }
        }

        @Test func theCommandRevokesAndSaysHowManyStreamsEnded() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let file = try await gateway.workspace.write(gateway.token("root", "--admin"), to: "token")
                func revoke(_ arguments: String...) throws -> Child {
                    try Child(
                        Package.program(), ["revoke"] + arguments,
                        environment: ["SLUICE_URL": gateway.url, "SLUICE_CA": gateway.certificates.authority],
                        in: gateway.workspace)
                }
                let old = try revoke("--token-file", file, "--everyone", "--issued-before", "2026-01-01T00:00:00Z")
                #expect(try await old.succeeded() == "{\"streamsEnded\":0}\n")
                #expect(
                    try await revoke("--token-file", file, "--sub", "alice").succeeded() == "{\"streamsEnded\":1}\n")
                #expect(try await stream.ended() == 0)
                let plain = try await revoke("--token", gateway.token("alice-2"), "--sub", "bob")
                #expect(try await plain.ended() == 1)
                #expect(plain.errors.contains("grant-missing") && plain.output.isEmpty)
                #expect(try await revoke("--token-file", file, "--everyone").ended() == 64)
            }
        }

        /// The list outlives what a token can live: that is what bounds both.
        @Test func aTokenThatLivesTooLongIsRefused() async throws {
            try await Gateway.run(["auth.maximum_lifetime": "1h"]) { gateway in
                let long = try await gateway.request("/v1/stream", token: gateway.token("alice", ttl: "61m"))
                #expect(
                    long.status == 401 && long.code == "token-claims" && long.body.contains("auth.maximum_lifetime"))
                #expect(try await gateway.request("/v1/stream", "--head", token: gateway.token("alice")).status == 200)
            }
        }
    }
}
