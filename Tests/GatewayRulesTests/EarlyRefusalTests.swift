import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// What a connection answers before any rule has seen the request: pages that are allowed can read it, and no others.
@Suite struct EarlyRefusalTests {
    private static func expect(
        _ allowed: String?, _ vary: String?, _ origin: String, source: SourceLocation = #_sourceLocation
    ) {
        #expect(allowed == (origin == GatewayBench.allowedOrigin ? origin : nil), sourceLocation: source)
        #expect(vary == "Origin", sourceLocation: source)
    }

    private static let origins = [GatewayBench.allowedOrigin, GatewayBench.otherOrigin]

    @Test(
        arguments: origins,
        [
            ("GET /v1/stream HTTP/1.1", "Host: a b", 400), ("GET ftp:a HTTP/1.1", "Host: a", 400),
            ("CONNECT a:443 HTTP/1.1", "Host: a", 501),
            ("POST /v1/publish HTTP/1.1", "Host: a\r\nContent-Length: +1", 400),
            ("POST /v1/publish HTTP/1.1", "Host: a\r\nTransfer-Encoding: gzip, chunked", 400),
        ])
    func `a head that is refused`(origin: String, request: (line: String, fields: String, status: Int)) async throws {
        let bench = try GatewayBench()
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let head = "\(request.line)\r\n\(request.fields)\r\nOrigin: \(origin)\r\n\r\n"
        // The decoder may have refused it before its fields were complete: then there is no Origin that was read.
        let response = try await wire.exchange(head)
        #expect(response.status == request.status)
        #expect(response["x-request-id"] != nil)
        if response["vary"] != nil { Self.expect(response["access-control-allow-origin"], response["vary"], origin) }
    }

    /// What NIO's decoder refuses, or what does not come to its end: the Origin is in the lines that came.
    @Test(
        arguments: origins,
        [
            (["GET /a HTTP/1.1\r\nHost: a\r\nOrigin: *\r\nA: b\u{1}\r\n\r\n"], 400),
            (["POST /a HTTP/1.1\r\nORIGIN: *\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n"], 431),
            (["GET /a HTTP/1.1\r\nHost: a\r\nOri", "gin: *\r\nX-More: "], 408),
            (
                [
                    "POST /a HTTP/1.1\r\nHost: a\r\nOrigin: *\r\n",
                    "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n",
                ], 400
            ),
        ])
    func `a head that is not read to its end`(origin: String, request: (pieces: [String], status: Int)) async throws {
        let bench = try GatewayBench()
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        for piece in request.pieces {
            try await wire.send(piece.split(separator: "*", omittingEmptySubsequences: false).joined(separator: origin))
        }
        if request.status == 408 { await wire.pass(.seconds(11)) }
        let response = try Response(try await wire.received())
        #expect(response.status == request.status)
        #expect(response["x-request-id"] != nil)
        Self.expect(response["access-control-allow-origin"], response["vary"], origin)
    }

    /// Where a network cuts what is sent is chance: an Origin that stands before what is refused is heard wherever it
    /// is cut.
    @Test(arguments: [
        "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n", "A: b\u{1}\r\n\r\n", "A b\r\n\r\n", " a\r\n\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n",
    ])
    func `where a head is cut does not matter`(bad: String) async throws {
        let origin = GatewayBench.allowedOrigin
        let whole = Array("POST /a HTTP/1.1\r\nHost: a\r\nOrigin: \(origin)\r\n\(bad)".utf8)
        for cut in 1..<whole.count {
            let bench = try GatewayBench()
            let wire = try await Wire(bench.gateway, on: bench.bench.loop)
            try await wire.send(String(decoding: whole[..<cut], as: UTF8.self))
            try await wire.send(String(decoding: whole[cut...], as: UTF8.self))
            let response = try Response(try await wire.received())
            #expect(response.status == 400)
            #expect(response["access-control-allow-origin"] == origin, "cut at \(cut)")
        }
    }

    /// An origin of which a part came, or that is not the only one, allows nothing.
    @Test(arguments: [
        "Origin: \(GatewayBench.allowedOrigin)", "Origin: \(GatewayBench.allowedOrigin)\r\nOrigin: b\r\nX: ",
    ])
    func `an origin that is not whole allows nothing`(fields: String) async throws {
        let bench = try GatewayBench()
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /a HTTP/1.1\r\nHost: a\r\n\(fields)")
        await wire.pass(.seconds(11))
        let response = try Response(try await wire.received())
        #expect(response.status == 408)
        #expect(response["access-control-allow-origin"] == nil && response["vary"] == "Origin")
    }

    private static func upload(_ bench: GatewayBench, _ origin: String, _ more: String) throws -> String {
        "POST /v1/publish HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(try bench.token(publish: ["everyone"]))\r\n"
            + "Content-Type: application/json\r\nOrigin: \(origin)\r\n\(more)"
    }

    @Test func `a body that is malformed, too large, or does not come`() async throws {
        let origin = GatewayBench.allowedOrigin
        for (more, status) in [
            ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400), ("Content-Length: 99999\r\n\r\n", 413),
            ("Content-Length: 9\r\n\r\nx", 408),
        ] {
            let bench = try GatewayBench()
            let wire = try await Wire(bench.gateway, on: bench.bench.loop)
            try await wire.send(try Self.upload(bench, origin, more))
            if status == 408 { await wire.pass(.seconds(31)) }
            let response = try Response(try await wire.received())
            #expect(response.status == status)
            Self.expect(response["access-control-allow-origin"], response["vary"], origin)
        }
    }

    @Test(arguments: origins)
    func `over HTTP 2, a head that is refused or too large`(origin: String) async throws {
        let bench = try GatewayBench()
        var limits = HTTP2Limits()
        limits.headerListBytes = 2000
        let wire = try await HTTP2Wire(bench.gateway, on: bench.bench.loop, limits: limits)
        let fields = [
            (":method", "GET"), (":scheme", "https"), (":path", "/a"), (":authority", "a b"), ("origin", origin),
        ]
        let long = [("origin", origin)] + (0..<5).map { ("x-\($0)", String(repeating: "x", count: 500)) }
        for (stream, frames, status) in [
            (1 as UInt32, Frame.request(1, "/a", [("origin", origin), ("host", "b")]), "400"),
            (3, Frame.request(3, "/a", long), "431"),
        ] {
            let response = try await wire.exchange(frames, stream: stream)
            #expect(response.status == status, "\(response)")
            Self.expect(response.fields["access-control-allow-origin"], response.fields["vary"], origin)
        }
        let refused = try await wire.exchange(.headers(5, fields), stream: 5)
        #expect(refused.status == "400" || refused.resetCode == 1)
    }

    @Test func `over HTTP 2, a body that does not come`() async throws {
        let bench = try GatewayBench()
        let wire = try await HTTP2Wire(bench.gateway, on: bench.bench.loop)
        let token = try bench.token(publish: ["everyone"])
        let fields = [
            ("origin", GatewayBench.allowedOrigin), ("authorization", "Bearer \(token)"),
            ("content-type", "application/json"),
        ]
        try await wire.send(.request(1, "POST", "/v1/publish", fields, ends: false))
        await wire.pass(.seconds(31))
        let response = HTTP2Response(try await wire.received(), stream: 1)
        #expect(response.status == "408")
        Self.expect(response.fields["access-control-allow-origin"], response.fields["vary"], GatewayBench.allowedOrigin)
    }
}
