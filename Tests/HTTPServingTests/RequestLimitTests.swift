import FrameClient
import HTTP2Kit
import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// What a client may send, and for how long.
@Suite struct RequestLimitTests {
    private static let post = "POST /p HTTP/1.1\r\nHost: sluice\r\n"

    // MARK: Bytes

    @Test func `a body as large as the limit is taken`() async throws {
        let wire = try await Wire(ScriptedJudge.echo(limit: 5))
        let response = try await wire.exchange(Self.post + "Content-Length: 5\r\n\r\nhello")
        #expect(response.body == "hello")
        #expect(!wire.isClosed)
    }

    @Test func `a body over the limit is refused as soon as it is, and what still comes is thrown away`() async throws {
        let metrics = RefusalCounter()
        let wire = try await Wire(ScriptedJudge.echo(limit: 5), metrics: metrics)
        let response = try await wire.exchange(Self.post + "Content-Length: 1000\r\n\r\n")
        #expect(response.status == 413)
        #expect(response["connection"] == "close")
        #expect(!wire.isClosed)
        try await wire.send(String(repeating: "x", count: 900))
        #expect(!wire.isClosed)
        try await wire.send(String(repeating: "x", count: 100))
        #expect(wire.isClosed)
        #expect(try await wire.received() == "")
        #expect(metrics.reasons == ["body-too-large"])
    }

    @Test(arguments: [
        "6", "9223372036854775807", "9223372036854775808", "18446744073709551615", "0000000000000000000006",
    ])
    func `a length over the limit is answered at once, whatever number it is`(length: String) async throws {
        let wire = try await Wire(ScriptedJudge.echo(limit: 5))
        let response = try await wire.exchange(
            Self.post + "Expect: 100-continue\r\nContent-Length: \(length)\r\n\r\n")
        #expect(response.status == 413)
        await wire.pass(.seconds(2))
        #expect(wire.isClosed)
    }

    @Test(arguments: ["6", "9223372036854775807", "9223372036854775808", "99999999999999999999"])
    func `over HTTP 2 as well`(length: String) async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(limit: 5))
        let response = try await wire.exchange(.request(1, "POST", "/", [("content-length", length)], ends: false))
        #expect(response.status == "413" || response.resetCode == WireErrorCode.protocolError.rawValue, "\(response)")
        #expect(!wire.isClosed)
    }

    @Test func `zeros in front of a length make it no larger`() async throws {
        let wire = try await Wire(ScriptedJudge.echo(limit: 5))
        let zeros = String(repeating: "0", count: 40)
        #expect(try await wire.exchange(Self.post + "Content-Length: \(zeros)5\r\n\r\nhello").body == "hello")
    }

    @Test func `chunks over the limit are refused`() async throws {
        let wire = try await Wire(ScriptedJudge.echo(limit: 5))
        try await wire.send(Self.post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        #expect(try await wire.received() == "")
        let response = try await wire.exchange("1\r\n!\r\n")
        #expect(response.status == 413)
        await wire.pass(.seconds(2))
        #expect(wire.isClosed)
    }

    @Test(arguments: ["X-Long: ", "Cookie: ", "/?q="])
    func `a head over the limit is refused and the limit named`(part: String) async throws {
        let long = part + String(repeating: "x", count: 600)
        let head =
            part.hasPrefix("/")
            ? "GET \(long) HTTP/1.1\r\nHost: sluice\r\n\r\n" : "GET / HTTP/1.1\r\nHost: sluice\r\n\(long)\r\n\r\n"
        for isTrickled in [false, true] {
            let wire = try await Wire(ScriptedJudge.echo(), headBytes: 512)
            isTrickled ? try await wire.trickle(head) : try await wire.send(head)
            let response = try Response(try await wire.received())
            #expect(response.status == 431)
            #expect(response.code == "head-too-large")
            #expect(response.detail?.contains("512 bytes (limits.request_head)") == true)
            #expect(response["connection"] == "close")
            await wire.pass(.seconds(2))
            #expect(wire.isClosed)
        }
    }

    @Test func `many small fields are refused together`() async throws {
        let wire = try await Wire(ScriptedJudge.echo(), headBytes: 512)
        let fields = (0..<200).map { "X-\($0): y\r\n" }.joined()
        let response = try await wire.exchange("GET / HTTP/1.1\r\nHost: sluice\r\n\(fields)\r\n")
        #expect(response.code == "head-too-large")
    }

    @Test func `a refused client has time to read its answer`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let response = try await wire.exchange("nonsense\r\n\r\n")
        #expect(response.status == 400)
        try await wire.send("more nonsense")
        #expect(!wire.isClosed)
        await wire.pass(.milliseconds(1999))
        #expect(!wire.isClosed)
        await wire.pass(.milliseconds(1))
        #expect(wire.isClosed)
    }

    // MARK: Time

    @Test func `a head that does not come is told so, and then closed`() async throws {
        let metrics = RefusalCounter()
        let wire = try await Wire(ScriptedJudge.echo(), metrics: metrics)
        try await wire.send("GET /")
        await wire.pass(.milliseconds(9999))
        #expect(try await wire.received() == "")
        await wire.pass(.milliseconds(1))
        let response = try Response(try await wire.received())
        #expect(response.status == 408)
        #expect(response.code == "request-timeout")
        #expect(response["connection"] == "close")
        await wire.pass(.seconds(2))
        #expect(wire.isClosed)
        #expect(metrics.reasons == ["request-timeout"])
    }

    @Test func `a silent connection is closed without a word`() async throws {
        let metrics = RefusalCounter()
        let wire = try await Wire(ScriptedJudge.echo(), metrics: metrics)
        await wire.pass(.seconds(10))
        #expect(try await wire.received() == "")
        #expect(wire.isClosed)
        #expect(metrics.reasons.isEmpty)
    }

    @Test func `a head that trickles in gets no more time`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        for character in "GET / HTTP" {
            try await wire.send(String(character))
            await wire.pass(.seconds(1))
        }
        #expect(try Response(try await wire.received()).status == 408)
    }

    @Test func `a body that trickles in gets no more time`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        await wire.pass(.seconds(9))
        try await wire.send(Self.post + "Content-Length: 100\r\n\r\n")
        for _ in 0..<29 {
            try await wire.send("x")
            await wire.pass(.seconds(1))
        }
        #expect(try await wire.received() == "")
        await wire.pass(.seconds(1))
        #expect(try Response(try await wire.received()).status == 408)
        await wire.pass(.seconds(2))
        #expect(wire.isClosed)
    }

    @Test func `a connection between requests is closed without a word when its time is over`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        let response = try await wire.exchange("GET /1 HTTP/1.1\r\nHost: sluice\r\n\r\n")
        #expect(response.body == "/1")
        await wire.pass(.seconds(59))
        #expect(try await wire.exchange("GET /2 HTTP/1.1\r\nHost: sluice\r\n\r\n").body == "/2")
        await wire.pass(.seconds(59))
        #expect(!wire.isClosed)
        await wire.pass(.seconds(1))
        #expect(wire.isClosed)
        #expect(try await wire.received() == "")
    }

    @Test func `an answer that takes long is waited for`() async throws {
        let late = LateAnswers()
        let wire = try await Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(Self.post + "Content-Length: 2\r\n\r\nhi")
        await wire.pass(.hours(1))
        #expect(!wire.isClosed)
        #expect(late.release())
        #expect(try Response(try await wire.received()).body == "hi")
    }

    @Test func `a connection that is gone leaves no timer that does anything`() async throws {
        let metrics = RefusalCounter()
        let wire = try await Wire(ScriptedJudge.echo(), metrics: metrics)
        try await wire.hangUp()
        await wire.pass(.hours(1))
        #expect(metrics.reasons == [])
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello"])
    func `a client that leaves in the middle of a request is not counted as refused`(begun: String) async throws {
        let metrics = RefusalCounter()
        let wire = try await Wire(ScriptedJudge.echo(), metrics: metrics)
        try await wire.send(begun)
        try await wire.hangUp()
        #expect(metrics.reasons == [])
        #expect(try await wire.received() == "")
    }
}
