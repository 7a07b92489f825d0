import Testing

@testable import KeySources

@Suite struct SecureURLTests {
    @Test(arguments: [
        ("https://id.example", "id.example", 443, "/", "https://id.example/"),
        ("HTTPS://ID.Example:8443/keys?v=1", "id.example", 8443, "/keys?v=1", "https://id.example:8443/keys?v=1"),
        ("https://[::1]:9/k", "::1", 9, "/k", "https://[::1]:9/k"),
        ("https://127.0.0.1?x", "127.0.0.1", 443, "/?x", "https://127.0.0.1/?x"),
    ])
    func isReadInParts(text: String, host: String, port: Int, target: String, normal: String) throws {
        let url = try SecureURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(url.description == normal)
    }

    @Test(arguments: [
        "http://id.example/keys", "http://127.0.0.1/keys", "id.example", "https://", "https://a@id.example",
        "https://id.example:0", "https://id.example:65536", "https://id.example:x", "https://id.example/#f",
        "https://[zz]/", "https://[::1", "https://id.example/a b", "https://id.exämple/", "ftp://id.example",
        "https://id.example\\@evil.example/", "https://:443/",
    ])
    func whatIsNoPlainHTTPSIsRefused(text: String) { #expect(throws: SecureURLError.self) { try SecureURL(text) } }

    @Test func theDocumentStandsBehindTheIssuersPath() throws {
        for (issuer, document) in [
            ("https://id.example", "https://id.example/.well-known/openid-configuration"),
            ("https://id.example/", "https://id.example/.well-known/openid-configuration"),
            ("https://id.example/realms/main", "https://id.example/realms/main/.well-known/openid-configuration"),
        ] { #expect(try SecureURL(issuer).appending(DiscoveryDocument.path).description == document) }
    }

    @Test func aRedirectLeadsToAPathOrAWholeURL() throws {
        let url = try SecureURL("https://id.example:8443/a")
        #expect(try url.following("/b?c").description == "https://id.example:8443/b?c")
        #expect(try !url.following("https://id.example/b").isSameOrigin(as: url), "another port")
        #expect(try url.following("https://ID.example:8443/").isSameOrigin(as: url))
        for location in ["//evil.example/", "//\u{301}evil.example/", "http://id.example:8443/b", "b", ""] {
            #expect(throws: SecureURLError.self) { try url.following(location) }
        }
    }
}

@Suite struct CacheControlTests {
    @Test(arguments: [
        ([String](), Duration?.none), (["public, max-age=300"], .seconds(300)), (["MAX-AGE = 60"], .seconds(60)),
        (["max-age=\"60\""], .seconds(60)), (["max-age=600, max-age=60"], .seconds(60)),
        (["no-cache"], .zero), (["max-age=300", "no-store"], .zero), (["max-age=x"], .zero), (["private"], nil),
        (["max-age=99999999999999999999"], .seconds(365 * 24 * 3600)), (["s-maxage=5"], nil),
        (["max-age=\u{301}300"], .zero), (["max-age=300,\u{301}no-store"], .seconds(300)),
    ])
    func saysForHowLongAnAnswerIsFresh(values: [String], expected: Duration?) {
        #expect(CacheControl.maxAge(values, age: nil) == expected)
    }

    @Test func theTimeInACacheCounts() {
        #expect(CacheControl.maxAge(["max-age=300"], age: "100") == .seconds(200))
        #expect(CacheControl.maxAge(["max-age=300"], age: "900") == .zero)
        #expect(CacheControl.maxAge(["max-age=300"], age: "soon") == .seconds(300))
    }
}
