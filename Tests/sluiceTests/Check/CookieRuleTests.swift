import GatewayClient
import GatewayRules
import GatewayServer
import Testing

@testable import sluice

/// The session cookie, for pages of the same site and of another.
@Suite struct CookieRuleTests {
    private static let attributes = "Path=/; Max-Age=600; Secure; HttpOnly"

    private func rule(_ origin: String = "https://app.example.com") throws -> CookieRule {
        CookieRule(
            sites: SitePair(origin: try Origin(origin), gateway: try GatewayURL("https://events.example.com")))
    }

    private func answer(_ cookies: String...) -> ProbeAnswer {
        ProbeAnswer(status: 200, fields: cookies.map { ProbeField("set-cookie", $0) })
    }

    @Test(arguments: ["; SameSite=Lax", "; SameSite=Strict", "; samesite=lax", ""])
    func `good for pages of the same site`(_ sameSite: String) throws {
        let finding = try rule().finding(answer("a=b", "__Host-sluice=s.t; \(Self.attributes)\(sameSite)"))
        #expect(finding.outcome == .fine, "\(finding)")
        #expect(!finding.detail.contains("s.t"), "the cookie's value is a secret")
    }

    @Test(arguments: [
        ("Path=/; Max-Age=600; HttpOnly", "lacks Secure"), ("Max-Age=600; Secure; HttpOnly", "Path=/"),
        ("Path=/v1; Secure; HttpOnly", "Path=/v1"),
        ("Path=/; Secure; HttpOnly; Domain=example.com", "Domain=example.com"),
        ("Path=/; Secure", "lacks HttpOnly"),
    ])
    func `what browsers throw away`(_ attributes: String, _ words: String) throws {
        let finding = try rule().finding(answer("__Host-sluice=s.t; \(attributes)"))
        #expect(finding.outcome == .wrong)
        #expect(finding.detail.contains(words), "\(finding)")
    }

    @Test func `what clears the cookie of the other kind is not taken for the cookie`() throws {
        let cleared = "__Host-sluice=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None; Partitioned"
        let given = answer(cleared, "__Host-sluice=s.t; \(Self.attributes); SameSite=Lax")
        #expect(try rule().finding(given).outcome == .fine)
        #expect(CookieRule.cookie(in: given)?.value == "s.t")
    }

    @Test func `no cookie, or another`() throws {
        #expect(try rule().finding(answer()).outcome == .wrong)
        #expect(try rule().finding(answer("sluice=s.t; \(Self.attributes)", "nonsense", "=x")).outcome == .wrong)
    }

    @Test(arguments: ["; SameSite=Lax", "; SameSite=Strict", ""])
    func `another site needs None`(_ sameSite: String) throws {
        let finding = try rule("https://app.example.org").finding(
            answer("__Host-sluice=s.t; \(Self.attributes)\(sameSite)"))
        #expect(finding.outcome == .wrong)
        #expect(finding.detail.contains("session.same_site: none"), "\(finding)")
    }

    @Test func `another site has None`() throws {
        let given = answer("__Host-sluice=s.t; \(Self.attributes); SameSite=None")
        #expect(try rule("https://app.example.org").finding(given).outcome == .fine)
        #expect(try rule().finding(given).outcome == .doubtful, "more than the page needs")
    }

    @Test func `without an age it is doubtful`() throws {
        #expect(try rule().finding(answer("__Host-sluice=s.t; Path=/; Secure; HttpOnly")).outcome == .doubtful)
    }

    @Test func `what two sites mean`() throws {
        #expect(try rule().sitesFinding.outcome == .fine)
        #expect(try rule("https://events.example.com").sitesFinding.detail.contains("one origin"))
        let cross = try rule("https://app.example.org").sitesFinding
        #expect(cross.outcome == .doubtful)
        #expect(cross.detail.contains("third-party"))
        #expect(try rule("http://localhost:3000").sitesFinding.detail.contains("two sites because the page is http"))
    }

    @Test func `what is sent back`() throws {
        let cookie = try #require(CookieRule.cookie(in: answer("x=y", " __Host-sluice = s.t=; SECURE ; Path = / ")))
        #expect(cookie.pair == "__Host-sluice=s.t=")
        #expect(cookie["secure"] == "" && cookie["path"] == "/" && cookie["domain"] == nil)
    }
}
