// Promise: a token that fits no cookie, of somebody who is in 300 groups, is a session like any other: it streams,
// publishes, goes on, survives a kill, and ends with its token, its key, a revocation or a sign-out.

import Foundation
import Testing

extension Outside {
    @Suite struct KeptSessionTests {
        private static let origin = "https://app.example"
        /// A token with 300 groups has 16 KB, and comes in a head with other fields.
        private static let settings: Settings = [
            "cors.origins": "[\"\(origin)\"]", "auth.clock_skew": "0s", "auth.token_bytes": "20KiB",
            "limits.request_head": "32KiB", "auth.claims.grants": "groups",
            "auth.grants":
                #"{"group:11111111-1111-4111-8111-111111111111": {subscribe: ["news"], publish: ["topic:news"]}}"#,
        ]

        private static func token(
            _ gateway: Gateway, _ user: String = "alice", seconds: Int = 3600, keys: String? = nil
        ) async throws -> String {
            let child = try Child(
                Package.python(),
                [
                    Package.client("groups_token.py"), "--keys", keys ?? gateway.certificates.tokenKeys, "--sub", user,
                    "--seconds", "\(seconds)",
                ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: gateway.workspace)
            let token = try await child.succeeded().trimmingCharacters(in: .newlines)
            try #require(token.utf8.count > 15_000)
            return token
        }

        /// A browser as far as cookies go: curl's jar drops what is too long (RFC 6265bis §5.6).
        private struct Jar {
            let gateway: Gateway
            let path: String

            init(_ gateway: Gateway, _ name: String) {
                (self.gateway, path) = (gateway, gateway.workspace.path("\(name).jar"))
            }

            private var standing: [String] {
                ["--cacert", gateway.certificates.authority, "--cookie", path, "--header", "Origin: \(origin)"]
            }

            func request(_ target: String, _ options: String...) async throws -> Answer {
                try await Curl.request(
                    standing + ["--cookie-jar", path, gateway.url + target] + options, in: gateway.workspace)
            }

            @discardableResult
            func signIn(_ token: String) async throws -> Answer {
                let answer = try await request(
                    "/v1/session", "--request", "POST", "--header", "Authorization: Bearer \(token)")
                #expect(answer.status == 200, "\(answer.body)")
                return answer
            }

            /// The cookie's value.
            func cookie() throws -> String {
                let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
                let line = try #require(lines.last { $0.contains("__Host-sluice") }, "\(lines)")
                return String(line.split(separator: "\t").last ?? "")
            }

            func open(_ query: String = "?topic=news") async throws -> Subscription {
                let stream = Subscription(
                    child: try Child(
                        "curl", ["--silent", "--no-buffer"] + standing + ["\(gateway.url)/v1/stream\(query)"],
                        in: gateway.workspace))
                try await eventually("a stream", otherwise: { stream.child.transcript }) {
                    !stream.child.output.isEmpty
                }
                return stream
            }

            /// Why a stream is refused; nothing when it would be opened.
            func refusal() async throws -> String? {
                guard try await request("/v1/stream", "--head").status != 200 else { return nil }
                return try await request("/v1/stream").code
            }
        }

        @Test func itStreamsPublishesAndSurvivesAKill() async throws {
            let workspace = try Workspace()
            let log = workspace.path("events.db")
            let settings = Self.settings.overridden(by: [
                "log.kind": "sqlite", "log.path": log,
            ])
            let first = try await Gateway.start(settings)
            let (token, jar) = (try await Self.token(first), Jar(first, "browser"))
            #expect(try await jar.signIn(token).json["user"] as? String == "alice")
            let cookie = try jar.cookie()
            #expect(cookie.utf8.count < 100 && cookie.contains(".kept1_"))
            let stream = try await jar.open()
            let published = try await jar.request(
                "/v1/publish", "--header", "Content-Type: application/json", "--data-binary",
                #"{"to":{"topic":"news"},"data":"1"}"#)
            #expect(published.status == 200 && published.json["streams"] as? Int == 1, "\(published.body)")
            #expect(try await stream.events(1).map(\.data) == ["1"])
            let last = try #require(stream.events.last?.id)
            #expect(try await first.metrics().sum("sluice_kept_sessions") == 1)
            let secrets = [String(cookie.suffix(43)), String(token.suffix(43)), String(token.prefix(200).suffix(100))]
            for suffix in ["", "-wal"] {
                let bytes = try Data(contentsOf: URL(filePath: log + suffix))
                for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "a secret is in the file") }
            }
            first.child.send(SIGKILL)
            _ = try await first.child.ended()

            let second = try await Gateway.start(settings, ports: [first.port, first.adminPort])
            let again = try await jar.open("?topic=news&lastEventId=\(last)")
            _ = try await jar.request(
                "/v1/publish", "--header", "Content-Type: application/json", "--data-binary",
                #"{"to":{"topic":"news"},"data":"2"}"#)
            #expect(try await again.events(1).map(\.data) == ["2"])
            again.close()
            for secret in secrets { #expect(!second.child.transcript.contains(secret)) }
            try await second.stop()
        }

        @Test func itIsRevokedWithinASecond() async throws {
            let grants = #"{"group:11111111-1111-4111-8111-111111111111": {admin: true}}"#
            try await Gateway.run(Self.settings.overridden(by: ["auth.grants": grants])) { gateway in
                let jar = Jar(gateway, "browser")
                try await jar.signIn(Self.token(gateway))
                let stream = try await jar.open("")
                let root = try await Self.token(gateway, "root")
                let answer = try await gateway.request(
                    "/v1/revocations", "--header", "Content-Type: application/json", "--data-binary",
                    #"{"sub":"alice"}"#, token: root)
                #expect(answer.body == #"{"streamsEnded":1}"#, "\(answer.body)")
                #expect(try await stream.ended(within: .seconds(1)) == 0)
                #expect(stream.events.last?.data?.contains("token-revoked") == true)
                #expect(try await jar.refusal() == "token-revoked")
            }
        }

        @Test func aKeyThatIsTakenOutEndsIt() async throws {
            let workspace = try Workspace()
            func keys(_ names: String...) -> String {
                "{\"keys\":[" + names.map { KeySetFile.key($0, "HS256", bytes: 32) }.joined(separator: ",") + "]}"
            }
            let (old, new) = (
                try workspace.write(keys("old"), to: "old.json"), try workspace.write(keys("new"), to: "new.json")
            )
            let settings = Self.settings.overridden(by: ["auth.keys": old])
            try await Gateway.run(settings) { gateway in
                let jar = Jar(gateway, "browser")
                try await jar.signIn(Self.token(gateway, keys: old))
                let stream = try await jar.open()
                try await gateway.reload(settings.overridden(by: ["auth.keys": new]))
                #expect(try await stream.ended() == 0)
                #expect(stream.events.last?.data?.contains("token-key-unknown") == true)
                #expect(try await jar.refusal() == "token-key-unknown")
                try await gateway.reload(settings)
                #expect(try await jar.refusal() == nil, "as its token is good again")
                // Other rules than those that its token was judged by: then nobody knows what it would grant.
                try await gateway.reload(settings.overridden(by: ["auth.grants": "{}"]))
                #expect(try await jar.refusal() == "token-rules-changed")
            }
        }

        @Test func itGoesOnWithAnotherTokenAndEndsWithSigningOut() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let (jar, other) = (Jar(gateway, "browser"), Jar(gateway, "other"))
                try await jar.signIn(Self.token(gateway, seconds: 4))
                let before = try jar.cookie()
                let stream = try await jar.open()
                let renewed = try await jar.signIn(Self.token(gateway))
                #expect(renewed.json["extended"] as? Int == 1)
                let after = try jar.cookie()
                #expect(after != before && after.prefix(32) == before.prefix(32), "the session's name stays")
                try await other.signIn(Self.token(gateway))
                let there = try await other.open()
                let brief = Jar(gateway, "brief")
                try await brief.signIn(Self.token(gateway, "bob", seconds: 5))
                let his = try await brief.open()
                #expect(try await his.ended() == 0)
                #expect(his.events.last?.data?.contains("token-expired") == true)
                #expect(try await jar.request("/v1/session", "--request", "DELETE").status == 204)
                #expect(try await stream.ended() == 0)
                #expect(stream.events.last?.data?.contains("signed-out") == true)
                let stolen = try await gateway.request(
                    "/v1/stream", "--header", "Cookie: __Host-sluice=\(after)", "--header", "Origin: \(Self.origin)")
                #expect(stolen.status == 401 && stolen.code == "token-not-kept")
                #expect(!there.child.output.contains("sluice.rejected"))
                there.close()
            }
        }

        @Test func aFullTableRefusesWithWhatToDoAndThrowsNobodyOut() async throws {
            let settings = Self.settings.overridden(by: [
                "session.kept_bytes": "256KiB", "auth.claims.grants": "sluice", "auth.grants": "{}",
            ])
            // What is kept are grants, so these tokens have many.
            let grants = (0..<120).flatMap { ["--subscribe", "rooms/\($0)/" + String(repeating: "r", count: 60)] }
            try await Gateway.run(settings, keeping: 1_048_576) { gateway in
                func token(_ user: String) async throws -> String {
                    let arguments = ["token", "--keys", gateway.certificates.tokenKeys, "--sub", user] + grants
                    return try await Child(Package.program(), arguments, in: gateway.workspace).succeeded()
                        .trimmingCharacters(in: .newlines)
                }
                let first = Jar(gateway, "first")
                try await first.signIn(token("alice"))
                var last: Answer?
                for user in ["mallory", "trudy", "eve", "oscar", "victor"] {
                    last = try await Curl.request(
                        [
                            "--cacert", gateway.certificates.authority, "--request", "POST", "--header",
                            "Authorization: Bearer \(token(user))", "\(gateway.url)/v1/session?n=[1-9]",
                        ], in: gateway.workspace)
                }
                let refused = try #require(last)
                #expect(refused.status == 503 && refused.body.contains("sessions-limit"), "\(refused.body)")
                #expect(refused["retry-after"] != nil && refused["set-cookie"] == nil)
                let bytes = try await gateway.metrics().sum("sluice_kept_session_bytes")
                #expect(bytes > 200 * 1024 && bytes <= 256 * 1024)
                #expect(try await first.request("/v1/stream", "--head").status == 200, "nobody's went for another's")
            }
        }

        @Test func oneThatItsUsersShareReplacesEndsWithItsStreams() async throws {
            try await Gateway.run(Self.settings.overridden(by: ["session.kept_per_user": "1"])) { gateway in
                let (there, here) = (Jar(gateway, "there"), Jar(gateway, "here"))
                let token = try await Self.token(gateway)
                try await there.signIn(token)
                let stream = try await there.open()
                try await here.signIn(token)
                #expect(try await stream.ended() == 0)
                #expect(stream.events.last?.data?.contains("signed-out") == true)
                #expect(try await there.refusal() == "token-not-kept")
                #expect(try await here.refusal() == nil)
            }
        }

        @Test func whoSignsInTooOftenIsToldWhenToComeAgain() async throws {
            try await Gateway.run(Self.settings.overridden(by: ["limits.sign_ins_per_user": "1"])) { gateway in
                let (jar, token) = (Jar(gateway, "browser"), try await Self.token(gateway))
                try await jar.signIn(token)
                let second = try await jar.request(
                    "/v1/session", "--request", "POST", "--header", "Authorization: Bearer \(token)")
                #expect(second.status == 429 && second.code == "sign-in-rate", "\(second.body)")
                #expect((1...60).contains(try #require(second["retry-after"].flatMap { Int($0) })))
                #expect(try await jar.refusal() == nil, "it is still signed in")
                try await Jar(gateway, "other").signIn(Self.token(gateway, "bob"))
            }
        }

        @Test func checkSaysThatASessionIsKept() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let token = try await Self.token(gateway)
                let file = try gateway.workspace.write(token, to: "token")
                let check = try Child(
                    Package.program(),
                    ["check", "--config", gateway.workspace.path("sluice.yaml"), "--token-file", file],
                    in: gateway.workspace)
                _ = try await check.ended()
                let line = try #require(
                    check.output.split(separator: "\n").first { $0.contains("token session") }, "\(check.output)")
                #expect(line.contains("fits no cookie") && line.contains("session.kept_bytes"), "\(line)")
                #expect(!check.output.contains(token) && !check.errors.contains(token))
            }
        }
    }
}
