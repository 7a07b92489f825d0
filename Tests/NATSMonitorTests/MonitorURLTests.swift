// Which texts are monitoring addresses, and where they lead.

import Testing

@testable import NATSMonitor

@Suite struct MonitorURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:8222", "http://127.0.0.1:8222"), ("http://127.0.0.1", "http://127.0.0.1:8222"),
        ("HTTPS://Nats.Example/", "https://nats.example:8222"), ("http://[::1]:9000", "http://[::1]:9000"),
        ("https://a.example:443/nats/", "https://a.example:443/nats"),
    ])
    func theseAreGood(_ text: String, _ normal: String) throws {
        #expect(try MonitorURL(text).description == normal)
    }

    @Test(arguments: [
        "", "127.0.0.1:8222", "nats://127.0.0.1:8222", "http:127.0.0.1", "http://", "http://:8222", "http://a b",
        "http://user@host", "http://host:0", "http://host:65536", "http://host:8x", "http://[1]:2", "http://host/?a",
        "http://host/#a", "http://hóst", "http://\u{212A}.example", "http://host/" + String(repeating: "a", count: 300),
    ])
    func theseAreNone(_ text: String) {
        #expect(throws: MonitorURLError.self) { try MonitorURL(text) }
    }
}
