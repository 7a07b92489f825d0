// Wildcards in certificates (RFC 9525 §6.3).

import Testing

@testable import OpenSSLKit

@Suite struct HostNamePatternTests {
    @Test(arguments: [
        ("example.com", "example.com"), ("example.com", "EXAMPLE.com"), ("Example.COM", "example.com."),
        ("*.example.com", "a.example.com"), ("*.example.com", "A.Example.Com"), ("localhost", "localhost"),
    ])
    func covers(pattern: String, host: String) {
        #expect(HostNamePattern(pattern).covers(host))
    }

    @Test(arguments: [
        ("example.com", "a.example.com"), ("*.example.com", "example.com"), ("*.example.com", "a.b.example.com"),
        ("*.com", "example.com"), ("*", "localhost"), ("a*.example.com", "ab.example.com"),
        ("a.*.com", "a.b.com"), ("*.example.com", ".example.com"), ("", ""), ("", "a"), ("example.com", ""),
        ("*.example.com", "*.other.com"), ("example.com", "example.com.."),
    ])
    func coversNot(pattern: String, host: String) {
        #expect(!HostNamePattern(pattern).covers(host))
    }
}
