// Which origins an operator may allow, and what is said about the others (RFC 6454).

import Testing

@testable import GatewayRules

@Suite struct ConfigurationOriginTests {
    @Test(arguments: [
        "https://app.example.com", "https://app.example.com:8443", "https://xn--bcher-kva.example",
        "https://[2001:db8::1]:444",
        "https://192.0.2.7", "http://localhost", "http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:5173",
        "https://localhost",
    ]) func allowed(_ text: String) throws {
        let origin = try Origin(text)
        #expect(origin.serialization == text)
        #expect(origin.description == text)
    }

    static let refused: [(String, OriginError.Code, String)] = [
        ("", .malformed, "is empty; write it as https://app.example.com, or leave it out"),
        ("null", .wildcard, "null is the origin of every sandboxed page; name the page's own origin"),
        ("*", .wildcard, "wildcards would let any matching page read its visitor's events; list each origin"),
        (
            "https://*.example.com", .wildcard,
            "wildcards would let any matching page read its visitor's events; list each origin"
        ),
        ("app.example.com", .malformed, "has no scheme; write it as https://app.example.com"),
        ("app.example.com:443", .malformed, "has no scheme; write it as https://app.example.com"),
        ("ftp://a.example", .malformed, "the scheme must be https; write it as https://app.example.com"),
        ("https://A.example/x", .malformed, "an origin ends with its host or port; write https://a.example"),
        ("https://a.example?x", .malformed, "an origin ends with its host or port; write https://a.example"),
        ("https://a.example#x", .malformed, "an origin ends with its host or port; write https://a.example"),
        ("https://u:p@a.example", .malformed, "an origin holds no user name; remove it and the @"),
        ("https://App.example", .malformed, "browsers send origins in lower case; write https://app.example"),
        ("HTTPS://app.example", .malformed, "browsers send origins in lower case; write https://app.example"),
        ("https://", .malformed, "has no host; write it as https://app.example.com"),
        ("https://:8443", .malformed, "has no host; write it as https://app.example.com"),
        ("https://bücher.example", .malformed, "browsers send international host names in their xn-- form; write that"),
        ("https://[::1", .malformed, "the IPv6 address has no closing ]"),
        ("https://[::1]x", .malformed, "only a port may follow the IPv6 address"),
        ("https://a.example:443", .malformed, "browsers leave out the default port 443; write https://a.example"),
        ("http://localhost:80", .malformed, "browsers leave out the default port 80; write http://localhost"),
        ("https://a.example:0", .malformed, "the port must be a number from 1 to 65535, without leading zeros"),
        ("https://a.example:08443", .malformed, "the port must be a number from 1 to 65535, without leading zeros"),
        ("https://a.example:65536", .malformed, "the port must be a number from 1 to 65535, without leading zeros"),
        ("https://a.example:", .malformed, "the port must be a number from 1 to 65535, without leading zeros"),
        (
            "https://a b.example", .malformed,
            "the host holds a character that no host has; write it as https://app.example.com"
        ),
        ("https://...", .malformed, "the host holds a character that no host has; write it as https://app.example.com"),
    ]

    @Test(arguments: refused) func refusedWithReason(_ text: String, _ code: OriginError.Code, _ message: String) {
        let error = #expect(throws: OriginError.self) { try Origin(text) }
        #expect(error?.code == code)
        #expect(error?.description == message)
    }

    @Test(arguments: ["http://app.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://127.0.0.2"])
    func plainTextBeyondThisMachine(_ text: String) {
        let error = #expect(throws: OriginError.self) { try Origin(text) }
        #expect(error?.code == .insecure)
        #expect(error?.message.hasPrefix("http is allowed for localhost, 127.0.0.1 and [::1] only") == true)
    }

    @Test func equalityIsOfBytes() throws {
        #expect(try Origin("https://a.example") == Origin("https://a.example"))
        #expect(try Origin("https://a.example") != Origin("https://a.example:8443"))
        #expect(OriginError.Code.insecure.description == "insecure")
    }
}
