// Promise: a browser stays signed in by a cookie that only the gateway reads; a newer token keeps its streams open,
// signing out ends them, and no other site's page can do either.

import Testing

extension Outside {
    @Suite struct SessionTests {
        private static let origin = "https://app.example"
        private static let settings: Settings = [
            "cors.origins": "[\"\(origin)\"]", "auth.clock_skew": "0s", "session.expiry_notice": "2s",
        ]

        /// Signs in, with a cookie that is there already when one is given, and returns the cookie.
        private static func signIn(
            _ gateway: Gateway, _ token: String, cookie: String? = nil
        ) async throws -> (cookie: String, answer: Answer) {
            let carried = cookie.map { ["--header", "Cookie: \($0)"] } ?? []
            let answer = try await Curl.request(
                ["--cacert", gateway.certificates.authority, "\(gateway.url)/v1/session", "--request", "POST"]
                    + ["--header", "Authorization: Bearer \(token)", "--header", "Origin: \(origin)"] + carried,
                in: gateway.workspace)
            let field = try #require(answer.all("set-cookie").last, "\(answer.status) \(answer.body)")
            return (String(field.prefix { $0 != ";" }), answer)
        }

        private static func open(_ gateway: Gateway, cookie: String, query: String = "") throws -> Subscription {
            Subscription(
                child: try Child(
                    "curl",
                    [
                        "--silent", "--no-buffer", "--cacert", gateway.certificates.authority, "--header",
                        "Cookie: \(cookie)", "--header", "Origin: \(origin)", "\(gateway.url)/v1/stream\(query)",
                    ], in: gateway.workspace))
        }

        @Test func aNewerTokenKeepsTheStreamOpen() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let brief = try await gateway.token("alice", ttl: "4s")
                let (cookie, _) = try await Self.signIn(gateway, brief)
                let unrenewed = try await gateway.open(brief)
                let stream = try Self.open(gateway, cookie: cookie)
                let notice = try #require(try await stream.events(1).first)
                #expect(notice.event == "sluice.expiring")
                #expect(notice.data == #"{"secondsLeft":2}"#)
                #expect(notice.id == nil)
                let (renewed, answer) = try await Self.signIn(gateway, gateway.token("alice"), cookie: cookie)
                #expect(answer.json["extended"] as? Int == 1)
                #expect(renewed.prefix(46) == cookie.prefix(46), "the session's name stays")
                #expect(try await unrenewed.ended() == 0, "the first token is over")
                let published = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"still here"}"#, token: gateway.backendToken())
                #expect(published.json["streams"] as? Int == 1)
                #expect(try await stream.events(2).last?.data == "still here")
                #expect(try await gateway.metrics().sum("sluice_streams_opened_total") == 2)
                stream.close()
            }
        }

        @Test func signingOutEndsTheSessionsStreamsWithAWord() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let (cookie, answer) = try await Self.signIn(gateway, gateway.token("alice"))
                let attributes =
                    answer.all("set-cookie").last?.split(separator: "; ").dropFirst().map(String.init) ?? []
                let age = try #require(attributes.first { $0.hasPrefix("Max-Age=") }?.dropFirst(8))
                #expect((3590...3600).contains(Int(age) ?? 0))
                #expect(
                    Set(attributes) == ["Path=/", "Max-Age=\(age)", "Secure", "HttpOnly", "SameSite=Lax"])
                let (tab, laptop) = (
                    try Self.open(gateway, cookie: cookie), try await gateway.open(gateway.token("alice"))
                )
                try await gateway.metric("sluice_streams", reaches: 2)
                let forged = try await gateway.request(
                    "/v1/session", "--request", "DELETE", "--header", "Cookie: \(cookie)")
                #expect(forged.code == "origin-missing")
                let out = try await gateway.request(
                    "/v1/session", "--request", "DELETE", "--header", "Cookie: \(cookie)", "--header",
                    "Origin: \(Self.origin)")
                #expect(out.status == 204)
                #expect(out["set-cookie"]?.contains("Max-Age=0") == true)
                #expect(try await tab.ended() == 0)
                #expect(tab.events.last?.event == "sluice.rejected")
                #expect(tab.events.last?.data?.contains("signed-out") == true)
                #expect(try await gateway.metrics().streams == 1, "the stream with a token of its own stays")
                laptop.close()
            }
        }

        @Test func anotherUserWhoSignsInEndsTheStreamsOfTheOneBefore() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let (cookie, _) = try await Self.signIn(gateway, gateway.token("alice"))
                let hers = try Self.open(gateway, cookie: cookie)
                try await gateway.metric("sluice_streams", reaches: 1)
                let (next, answer) = try await Self.signIn(gateway, gateway.token("bob"), cookie: cookie)
                #expect(answer.json["user"] as? String == "bob")
                #expect(next.prefix(46) != cookie.prefix(46), "the session has a name of its own")
                #expect(try await hers.ended() == 0)
                #expect(hers.events.last?.data?.contains("signed-out") == true)
                let his = try Self.open(gateway, cookie: next, query: "?user=bob")
                try await gateway.metric("sluice_streams", reaches: 1)
                his.close()
            }
        }

        /// A browser keeps two cookies of our name when `session.same_site` was changed between two sign-ins.
        @Test func ofTwoCookiesNoneHidesTheOther() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let (hers, _) = try await Self.signIn(gateway, gateway.token("alice"))
                let (his, _) = try await Self.signIn(gateway, gateway.token("bob"))
                let streams = [try Self.open(gateway, cookie: hers), try Self.open(gateway, cookie: his)]
                try await gateway.metric("sluice_streams", reaches: 2)
                let (both, stale) = ("\(hers); \(his)", "__Host-sluice=stale; \(his)")
                let disagree = try await gateway.request("/v1/stream", "--header", "Cookie: \(both)")
                #expect(disagree.status == 401 && disagree.code == "cookies-disagree")
                let smuggled = "x=1\u{37E}\(hers); \(his)"
                for cookie in [stale, smuggled] {
                    let head = try await gateway.request(
                        "/v1/stream?user=bob", "--head", "--header", "Cookie: \(cookie)", "--header",
                        "Origin: \(Self.origin)")
                    #expect(head.status == 200, "\(head)")
                }
                let out = try await gateway.request(
                    "/v1/session", "--request", "DELETE", "--header", "Cookie: \(both)", "--header",
                    "Origin: \(Self.origin)")
                #expect(out.status == 204 && out.all("set-cookie").count == 2)
                for stream in streams {
                    #expect(try await stream.ended() == 0)
                    #expect(stream.events.last?.data?.contains("signed-out") == true)
                }
            }
        }

        @Test func aPageThatDoesNotSayWhoItIsHoldsNoStream() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let (cookie, _) = try await Self.signIn(gateway, gateway.token("alice"))
                for (site, status) in [("same-site", 403), ("cross-site", 403), ("same-origin", 200)] {
                    let answer = try await gateway.request(
                        "/v1/stream", "--head", "--header", "Cookie: \(cookie)", "--header", "Sec-Fetch-Site: \(site)")
                    #expect(answer.status == status, "\(site)")
                }
            }
        }

        @Test func aRefusedPageIsToldOnceAndThenStopped() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let query = "/v1/stream?refusals=event"
                let told = try await gateway.request(query, "--header", "Origin: \(Self.origin)")
                #expect(told.status == 200)
                #expect(told["access-control-allow-origin"] == Self.origin)
                let event = try #require(Subscription.events(in: told.body).last)
                #expect(event.event == "sluice.rejected")
                #expect(event.data?.contains("token-missing") == true)
                let id = try #require(event.id)
                let stopped = try await gateway.request(
                    query, "--header", "Origin: \(Self.origin)", "--header", "Last-Event-ID: \(id)")
                #expect(stopped.status == 204)
                #expect(try await gateway.metrics().sum("sluice_refusals_total", where: "token-missing") == 2)
            }
        }

        @Test func theModuleForPagesIsServedToAllowedOrigins() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let module = try await gateway.request("/v1/sluice.js", "--header", "Origin: \(Self.origin)")
                #expect(module["content-type"] == "text/javascript; charset=utf-8")
                #expect(module.body.contains("export function connect"))
                let tag = try #require(module["etag"])
                let again = try await gateway.request("/v1/sluice.js", "--header", "If-None-Match: \(tag)")
                #expect(again.status == 304)
            }
        }
    }
}
