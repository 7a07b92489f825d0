import FrameClient
import NIOCore
import SeededRandom
import Testing

@testable import HTTP2Kit

/// The session against bytes that no client sends.
@Suite struct HostileFrameTests {
    private static func error(_ bytes: [UInt8], greets: Bool = true) throws -> HTTP2Error? {
        let session = try HTTP2Session(limits: HTTP2Limits(), output: HTTP2Output(), now: .uptimeNanoseconds(0))
        let greeting = greets ? Frame.preface + Frame.settings().bytes : []
        do throws(HTTP2Error) {
            try session.receive(ByteBuffer(bytes: greeting + bytes), now: .uptimeNanoseconds(0))
            _ = try session.takeOutput(atMost: 1 << 20, now: .uptimeNanoseconds(0)) { _ in }
        } catch {
            return error
        }
        return session.violation
    }

    @Test func `each failure has a code and words`() throws {
        #expect(try Self.error(Array("GET / HTTP/1.1\r\n".utf8), greets: false)?.code == .badPreface)
        #expect(try Self.error((0..<9000).flatMap { _ in Frame.ping().bytes })?.code == .flood)
        #expect(try Self.error(Frame.data(1, "x").bytes)?.code == .protocolBroken)
        #expect(try Self.error([]) == nil)
    }

    @Test(arguments: [0, -1, -501, -504, -505, -522, -524, -531, -537, -538, -901, -902, -999, Int.min, Int.max])
    func `each of nghttp2's numbers means something`(number: Int) {
        let error = HTTP2Error(nghttp2: number)
        #expect(!error.message.isEmpty)
        let codes: [WireErrorCode] = [.protocolError, .enhanceYourCalm, .internalError]
        #expect(codes.contains(error.wireCode))
    }

    @Test func `a session that has failed says why, and ends`() throws {
        let pair = try SessionPair()
        #expect(throws: HTTP2Error.self) { try pair.receive((0..<9000).flatMap { _ in Frame.ping().bytes }) }
        pair.session.terminate(.enhanceYourCalm)
        #expect(try pair.sent().last?.errorCode == WireErrorCode.enhanceYourCalm.rawValue)
        #expect(pair.session.isOver)
        #expect(try pair.receive(.request(1, "/")).isEmpty)
    }

    @Test func `a header list over the limit is cut, not kept`() throws {
        let pair = try SessionPair()
        let long = String(repeating: "x", count: 4060)
        let events = try pair.receive(.request(1, "/", (0..<4).map { ("x-\($0)", long) } + [("y", "z")]))
        guard case .request(_, let head) = try #require(events.first) else { throw Unexpected(events) }
        #expect(head.isTooLarge)
        #expect(head.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } <= 16_384)
    }

    @Test func `random bytes never end the process`() throws {
        var random = SeededGenerator(test: "random frames")
        for _ in 0..<2000 {
            let pair = try SessionPair()
            var bytes = Frame.request(1, "POST", "/", ends: false).bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let payload = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                    UInt8.random(in: .min ... .max, using: &random)
                }
                bytes +=
                    Frame(
                        type: .random(in: 0...12, using: &random), flags: .random(in: .min ... .max, using: &random),
                        stream: .random(in: 0...5, using: &random), payload
                    ).bytes
            }
            _ = try? pair.receive(bytes)
            _ = try? pair.sent()
        }
    }
}
