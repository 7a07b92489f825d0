import HTTPTypes
import PeerText
import SeededRandom
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Whom a request is from when proxies say so: only what trusted ones have written counts.
@Suite struct ForwardedClientTests {
    private static func address(_ text: String) throws -> ClientAddress {
        try #require(ClientAddress(text[...].utf8))
    }

    private static func client(
        _ field: ForwardedRule.Field, _ lines: [String], from: String = "10.0.0.1"
    ) throws -> String? {
        let networks = try ["10.0.0.0/8", "2001:db8:ffff::/48"].map { try #require(Network($0)) }
        var fields = HTTPFields()
        let name = try #require(HTTPField.Name(field == .forwarded ? "Forwarded" : "X-Forwarded-For"))
        for line in lines { fields.append(HTTPField(name: name, value: line)) }
        return ForwardedRule(field, from: networks)
            .client(of: fields, connectedFrom: try Self.address(from))?.description
    }

    @Test(
        arguments: [
            (["192.0.2.1"], "192.0.2.1"), (["192.0.2.1, 10.0.0.7"], "192.0.2.1"),
            // What stands left of the client is its own word.
            (["8.8.8.8, 192.0.2.1"], "192.0.2.1"), (["10.9.9.9, 192.0.2.1, 10.0.0.2,10.0.0.3"], "192.0.2.1"),
            (["8.8.8.8", "192.0.2.1", "10.0.0.2"], "192.0.2.1"), (["nonsense\", 192.0.2.1"], "192.0.2.1"),
            (["192.0.2.1:4711"], "192.0.2.1"), (["[2001:db8::1]:4711"], "2001:db8::1"),
            (["2001:db8::1"], "2001:db8::1"),
            (["::ffff:192.0.2.1"], "192.0.2.1"), (["192.0.2.1, ,"], "192.0.2.1"),
            (["192.0.2.1 ,\t10.0.0.1 "], "192.0.2.1"),
            // All are trusted: the left-most is the client.
            (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
            // A proxy that does not say it, and what is no address: the last that is known.
            (["8.8.8.8, unknown, 10.0.0.2"], "10.0.0.2"), (["8.8.8.8, x, 10.0.0.2"], "10.0.0.2"),
            (["unknown"], nil), (["192.0.2.1, x"], nil), ([""], nil), ([], nil), (["192.0.2.1:x"], nil),
            (["[2001:db8::1"], nil), (["[192.0.2.1"], nil),
        ] as [([String], String?)])
    func `the field that most proxies write`(lines: [String], expected: String?) throws {
        #expect(try Self.client(.xForwardedFor, lines) == expected)
    }

    /// RFC 7239 §4, §6, §7.1.
    @Test(
        arguments: [
            (["for=192.0.2.1"], "192.0.2.1"), (["For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
            (["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60"),
            (["for=192.0.2.43, for=10.0.0.17"], "192.0.2.43"),
            (["proto=https;for=\"192.0.2.1:80\""], "192.0.2.1"), (["for=8.8.8.8", "for=192.0.2.1"], "192.0.2.1"),
            (["FOR=\"192.0.2.1:_port\""], "192.0.2.1"), (["for=\"\\1\\92.0.2.1\""], "192.0.2.1"),
            (["for=192.0.2.1;host=\"a,b;for=9.9.9.9\""], "192.0.2.1"),
            (["for=192.0.2.1;host=\"a\\\",b\""], "192.0.2.1"),
            (["for=192.0.2.1 ; proto=https"], "192.0.2.1"), (["for=192.0.2.1;"], "192.0.2.1"),
            // A client that leaves a quote open hides nothing that a proxy adds.
            (["for=\"8.8.8.8, for=192.0.2.1"], "192.0.2.1"), (["for=\"\\, for=192.0.2.1"], "192.0.2.1"),
            (["for=8.8.8.8;x=\", for=192.0.2.1, for=10.0.0.2"], "192.0.2.1"),
            (["for=8.8.8.8, for=unknown, for=10.0.0.2"], "10.0.0.2"), (["for=8.8.8.8, for=_gazonk"], nil),
            (["for=192.0.2.1;for=192.0.2.2"], nil), (["by=192.0.2.1"], nil), (["192.0.2.1"], nil), (["for"], nil),
            (["for=\"192.0.2.1"], nil), (["for=\"192.0.2.1\"x"], nil), (["for=2001:db8::1"], "2001:db8::1"), ([], nil),
            (["for="], nil), (["for=\"\""], nil), (["for=\"[]\""], nil), (["for=\"\\"], nil),
        ] as [([String], String?)])
    func `the field that has a standard`(lines: [String], expected: String?) throws {
        #expect(try Self.client(.forwarded, lines) == expected)
    }

    @Test func `nobody else is believed, whatever it sends`() throws {
        for field in ForwardedRule.Field.allCases {
            for stranger in ["192.0.2.9", "2001:db8::9", "11.0.0.1"] {
                #expect(try Self.client(field, ["for=1.1.1.1", "1.1.1.1"], from: stranger) == nil)
            }
        }
    }

    /// A proxy that writes one field passes the other on as the client wrote it.
    @Test func `only the field that the proxies write is read`() throws {
        let network = try #require(Network("10.0.0.0/8"))
        let fields: HTTPFields = try [
            #require(HTTPField.Name("Forwarded")): "for=8.8.8.8",
            #require(HTTPField.Name("X-Forwarded-For")): "192.0.2.1",
        ]
        let proxy = try Self.address("10.0.0.1")
        let (one, other) = (ForwardedRule(.xForwardedFor, from: [network]), ForwardedRule(.forwarded, from: [network]))
        #expect(one.client(of: fields, connectedFrom: proxy)?.description == "192.0.2.1")
        #expect(other.client(of: fields, connectedFrom: proxy)?.description == "8.8.8.8")
    }

    /// Whatever a client writes, the address that the proxy adds is the one that counts.
    @Test func `random words of a client change nothing`() throws {
        var random = SeededGenerator(test: "ForwardedClientTests")
        let letters = Array("\"\\,;=for 1.2:[]_x".utf8)
        for _ in 0..<5000 {
            let word = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &random)]
            }
            let text = String(decoding: word, as: UTF8.self)
            #expect(try Self.client(.forwarded, ["\(text), for=192.0.2.1"]) == "192.0.2.1", "\(text)")
            #expect(try Self.client(.xForwardedFor, ["\(text), 192.0.2.1"]) == "192.0.2.1", "\(text)")
            _ = try Self.client(.forwarded, [text])
        }
    }
}
