import GatewayClient
import GatewayRules
import Testing

@testable import sluice

/// Which hosts are one site to a browser, by the short rule.
@Suite struct SitePairTests {
    private func relation(_ origin: String, _ url: String) throws -> SitePair.Relation {
        try SitePair(origin: Origin(origin), gateway: GatewayURL(url)).relation
    }

    @Test(arguments: [
        ("https://app.example.com", "https://app.example.com", SitePair.Relation.sameOrigin),
        ("https://localhost:8443", "https://localhost:8443/events", .sameOrigin),
        ("https://app.example.com", "https://app.example.com:8443", .sameSite),
        ("https://app.example.com", "https://events.example.com", .sameSite),
        ("https://example.com", "https://events.example.com:8443", .sameSite),
        ("https://a.b.example.co.uk", "https://events.example.co.uk", .sameSite),
        ("https://localhost:3000", "https://localhost:8443", .sameSite),
        ("https://127.0.0.1:3000", "https://127.0.0.1:8443", .sameSite),
        ("https://[::1]:3000", "https://[::1]:8443", .sameSite),
        ("https://app.example.com", "https://events.example.org", .crossSite),
        ("https://one.co.uk", "https://other.co.uk", .crossSite),
        ("https://one.github.io", "https://other.github.io", .crossSite),
        ("https://one.vercel.app", "https://events.other.vercel.app", .crossSite),
        ("https://127.0.0.1:3000", "https://127.1.0.1:8443", .crossSite),
        ("https://10.0.0.1", "https://10.1.0.1", .crossSite),
        ("https://[::1]", "https://[::2]", .crossSite),
        ("https://localhost", "https://127.0.0.1", .crossSite),
        ("https://one.localhost", "https://other.localhost", .crossSite),
        // "Schemefully" same site: http and https are two.
        ("http://localhost:3000", "https://localhost:8443", .crossSite),
    ])
    func `pairs stand to each other`(_ origin: String, _ url: String, _ expected: SitePair.Relation) throws {
        #expect(try relation(origin, url) == expected)
    }

    @Test(arguments: [
        ("app.example.com", "example.com"), ("example.com", "example.com"), ("a.b.example.com.au", "example.com.au"),
        ("com.au", nil), ("co.uk", nil), ("github.io", nil), ("localhost", nil), ("192.0.2.1", nil), ("::1", nil),
        ("a..b", nil), ("x.pages.dev", "x.pages.dev"), ("a.io", "a.io"), ("co.io", nil),
    ])
    func `the registrable domain`(_ host: String, _ domain: String?) {
        #expect(SitePair.registrableDomain(of: host) == domain)
    }
}
