import Testing

@testable import GatewayClient

@Suite struct GatewayURLTests {
    @Test(arguments: [
        ("https://localhost:8443", "localhost", 8443, "", "localhost:8443"),
        ("https://gateway.example", "gateway.example", 443, "", "gateway.example"),
        ("HTTPS://Gateway.Example:443/", "gateway.example", 443, "", "gateway.example"),
        ("https://127.0.0.1:1", "127.0.0.1", 1, "", "127.0.0.1:1"),
        ("https://[::1]:8443/events/", "::1", 8443, "/events", "[::1]:8443"),
        ("https://[2001:db8::1]", "2001:db8::1", 443, "", "[2001:db8::1]"),
        ("https://a/b/c//", "a", 443, "/b/c", "a"),
    ])
    func `reads host, port and prefix`(
        _ text: String, _ host: String, _ port: Int, _ prefix: String, _ authority: String
    ) throws {
        let url = try GatewayURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.pathPrefix == prefix)
        #expect(url.authority == authority)
        #expect(try GatewayURL(url.description) == url)
    }

    @Test(arguments: [
        ("http://localhost", "https://"), ("localhost:8443", "https://"), ("", "https://"), ("https://", "host"),
        ("https://:8443", "host"), ("https://a b", "space"), ("https://bücher.example", "ASCII"),
        ("https://user:secret@a", "user name"), ("https://a?x=1", "query"), ("https://a/#x", "fragment"),
        ("https://a:0", "port"), ("https://a:65536", "port"), ("https://a:", "port"), ("https://a:+1", "port"),
        ("https://a:99999999999999999999", "port"), ("https://[::1", "bracket"), ("https://[a]:1", "IPv6"),
        ("https://[127.0.0.1]", "IPv6"), ("https://[::1]8443", "port"), ("https://::1", "host"),
        ("https://a%20b", "host"), ("https://a\r\nHost: b", "space"),
    ])
    func `refuses the rest and names what is wrong`(_ text: String, _ part: String) {
        let error = #expect(throws: GatewayClientError.self) { try GatewayURL(text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(part) == true)
    }

    @Test func `request targets are encoded`() throws {
        let url = try GatewayURL("https://a/prefix")
        #expect(url.target("/v1/publish") == "/prefix/v1/publish")
        let query = [("topic", "rooms/1"), ("topic", "a b&c=ü~"), ("n", "\u{01}")]
        #expect(
            url.target("/v1/stream", query: query)
                == "/prefix/v1/stream?topic=rooms%2F1&topic=a%20b%26c%3D%C3%BC~&n=%01")
    }
}

@Suite struct BearerTokenTests {
    @Test func `keeps a token and prints none`() throws {
        let token = try BearerToken(" eyJ.a-b_c.d+/==\n")
        #expect("\(token)" == "<token>")
        #expect(String(reflecting: token) == "<token>")
        #expect("\([token])" == "[<token>]")
    }

    @Test(arguments: ["", " \n", "a b", "a\r\nHost: evil", "\"quoted\"", "tökén"])
    func `refuses what no header field can carry`(_ text: String) {
        let error = #expect(throws: GatewayClientError.self) { try BearerToken(text) }
        #expect(error?.code == .invalidArgument)
        #expect(text.count < 3 || error?.message.contains(text) == false)
    }
}
