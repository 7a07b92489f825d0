// Promise: what a request is answered follows from its credential, its page and its method alone, over both versions of
// HTTP: the status, what a page may read of it, which cookie is set, and whether an event is published.

import Testing

extension Outside {
    @Suite struct CredentialTableTests {
        private static let topic = "news"

        /// Two users' tokens, of which only alice's may do what the requests ask for: whose it was taken for shows.
        private static func credentials(_ gateway: Gateway) async throws -> CredentialTable.Tokens {
            let issue = [Package.client("issue_tokens.py"), "--keys", gateway.certificates.tokenKeys]
            let issued = JSONLine.all(
                in: try await Child(Package.python(), issue, in: gateway.workspace).succeeded())
            return CredentialTable.Tokens(
                alice: try await gateway.token("alice", "--subscribe", topic, "--publish", "everyone"),
                bob: try await gateway.token("bob"),
                expired: try #require(issued.first { $0.text("kind") == "expired" }?.text("token")))
        }

        @Test func eachCredentialFromEachPageWithEachMethod() async throws {
            try await Gateway.run(["cors.origins": "[\"\(CredentialTable.allowed)\"]"]) { gateway in
                let tokens = try await Self.credentials(gateway)
                let cases = CredentialTable.cases
                let answers = try await gateway.exchange(cases.map { $0.request(tokens, topic: Self.topic) })
                #expect(answers.map(\.version) == cases.flatMap { _ in ["HTTP/1.1", "HTTP/2"] })
                for (number, answer) in answers.enumerated() { cases[number / 2].check(answer, tokens) }
                let published = try await gateway.metrics().sum("sluice_events_total")
                #expect(published == Double(2 * cases.count { $0.publishes }))
            }
        }

        @Test(arguments: [
            ("lax", ["SameSite=Lax"]), ("strict", ["SameSite=Strict"]), ("none", ["SameSite=None", "Partitioned"]),
        ])
        func theCookieIsForTheSitesThatAreConfigured(setting: String, attributes: [String]) async throws {
            let settings: Settings = [
                "cors.origins": "[\"\(CredentialTable.allowed)\"]", "session.same_site": setting,
            ]
            try await Gateway.run(settings) { gateway in
                let token = try await gateway.token("alice")
                let fields = [["Origin", CredentialTable.allowed], ["Authorization", "Bearer \(token)"]]
                let requests = [Exchange(method: "POST", path: "/v1/session", fields: fields)]
                for answer in try await gateway.exchange(requests) {
                    let cookie = try SetCookie(#require(answer.all("set-cookie").last))
                    #expect(cookie.name == "__Host-sluice")
                    #expect(cookie.flags == Set(["Path=/", "Secure", "HttpOnly"] + attributes))
                }
            }
        }
    }
}
