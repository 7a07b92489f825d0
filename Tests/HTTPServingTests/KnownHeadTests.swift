import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SeededRandom
import Testing

@testable import HTTPServing

/// A head that is known is told of as NIO's decoder would have, and nothing else is taken for it.
@Suite struct KnownHeadTests {
    // MARK: Both decoders

    /// What a decoder told of, with the pieces of a body put together.
    private struct Told: Equatable, CustomStringConvertible {
        var heads: [HTTPRequestHead] = []
        var bodies: [[UInt8]] = []
        var ends = 0
        var failed = false
        /// How many heads were known. Of no account when two are compared.
        var known = 0

        static func == (left: Told, right: Told) -> Bool {
            (left.heads, left.bodies, left.ends, left.failed) == (right.heads, right.bodies, right.ends, right.failed)
        }

        /// Whether it was told of the same as another, until it took nothing more.
        func isBeginning(of other: Told) -> Bool {
            guard failed, heads.count <= other.heads.count, heads == Array(other.heads.prefix(heads.count))
            else { return false }
            return zip(bodies, other.bodies).allSatisfy { $1.starts(with: $0) }
        }

        mutating func take(_ part: HTTPServerRequestPart) {
            switch part {
            case .head(let head):
                heads.append(head)
                bodies.append([])
            case .body(let bytes): bodies[bodies.count - 1] += Array(bytes.readableBytesView)
            case .end: ends += 1
            }
        }

        var description: String {
            "\(zip(heads, bodies).map { "\($0) \(String(decoding: $1, as: UTF8.self))" }), \(ends) ends, failed: \(failed)"
        }
    }

    /// Tells the decoder what follows a head, as the connection does.
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart

        let decoder: RequestDecoder?
        var told = Told()

        init(_ decoder: RequestDecoder?) { self.decoder = decoder }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            told.take(part)
            switch part {
            case .head(let head):
                decoder?.begins(head)
            case .body: break
            case .end: decoder?.ends()
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { told.failed = true }
    }

    private static func read(_ pieces: [[UInt8]], with decoder: RequestDecoder?) throws -> Told {
        let channel = EmbeddedChannel()
        let connection = Connection(decoder)
        let pipeline = channel.pipeline.syncOperations
        if let decoder {
            try pipeline.addHandler(ByteToMessageHandler(decoder))
        } else {
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        }
        try pipeline.addHandler(connection)
        for piece in pieces where !connection.told.failed { _ = try? channel.writeInbound(ByteBuffer(bytes: piece)) }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        connection.told.known = connection.told.heads.count - (decoder?.decodedCount ?? 0)
        return connection.told
    }

    private static func readByBoth(_ pieces: [[UInt8]], _ comment: @autoclosure () -> Comment) throws -> Told {
        let told = try read(pieces, with: RequestDecoder(headBytes: 16384))
        #expect(told == (try read(pieces, with: nil)), comment())
        return told
    }

    // MARK: Requests

    private static func request(_ fields: [String], _ body: String, line: String = "POST /p HTTP/1.1") -> String {
        ([line] + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static let fields = ["Host: sluice", "Authorization: Bearer abcdefghijklmnopqrstuvwxyz"]

    private static func publish(_ body: String, length: String? = nil) -> String {
        request(fields + ["Content-Length: \(length ?? "\(body.utf8.count)")", "Accept: */*"], body)
    }

    // MARK: Tests

    @Test func `the same head again is known, with another length too`() throws {
        let bodies = ["{}", "{}", "{ }", "{}", "{}", String(repeating: "x", count: 12), "", "", "{}"]
        let told = try Self.readByBoth(bodies.map { Array(Self.publish($0).utf8) }, "")
        #expect(told.ends == bodies.count)
        // The first is learned.
        #expect(told.known == bodies.count - 1)
    }

    @Test(arguments: ["02", "0000000000000000000002", "2 ", " 2", "2\t"])
    func `a length may be written in many ways`(length: String) throws {
        let requests = [Self.publish("{}"), Self.publish("{}", length: length), Self.publish("{}")]
        _ = try Self.readByBoth(requests.map { Array($0.utf8) }, "\(length)")
        _ = try Self.readByBoth(requests.reversed().map { Array($0.utf8) }, "\(length)")
    }

    @Test(arguments: ["x", "-2", "+2", "2, 2", "99999999999999999999", "", "2;", "0x2"])
    func `what is no length is as bad behind a good one`(length: String) throws {
        let requests = [Self.publish("{}"), Self.publish("{}"), Self.publish("{}", length: length)]
        _ = try Self.readByBoth(requests.map { Array($0.utf8) }, "\(length)")
    }

    /// One byte of the third request is another: it is read as it stands.
    @Test func `a head with one byte changed is read anew`() throws {
        let good = Array(Self.publish("{}").utf8)
        for place in good.indices {
            for byte in [good[place] ^ 0x20, 0x0a, 0x0d, 0x20, 0x3a, 0x30] {
                var changed = good
                changed[place] = byte
                _ = try Self.readByBoth([good, good, changed, good], "byte \(place) is \(byte)")
            }
        }
    }

    /// As NIO's decoder says of a body that it knows of.
    @Test(arguments: [0, 1, 40]) func `an end within the body of a known head is no end of a request`(count: Int) throws
    {
        let good = Array(Self.publish(String(repeating: "x", count: 50)).utf8)
        let told = try Self.readByBoth([good, good, Array(good.dropLast(50 - count))], "\(count)")
        #expect(told.failed && told.ends == 2 && told.known == 2)
    }

    @Test(arguments: [
        (["Connection: close"], "POST /p HTTP/1.1"), (["Upgrade: x", "Connection: upgrade"], "POST /p HTTP/1.1"),
        (["Connection: keep-alive"], "POST /p HTTP/1.0"), ([], "POST /p HTTP/1.0"), ([], "CONNECT p:1 HTTP/1.1"),
    ])
    func `behind the last request nothing is known`(fields: [String], line: String) throws {
        let last = Array(Self.request(Self.fields + fields + ["Content-Length: 2"], "{}", line: line).utf8)
        let plain = Array(Self.publish("{}").utf8)
        _ = try Self.readByBoth([plain, plain, last, last], "\(line), \(fields)")
        _ = try Self.readByBoth([plain, plain, last, plain], "\(line), \(fields)")
    }

    private static let pool = [
        publish("{}"), publish("{}"), publish("{}"), publish("{ }"),
        publish(publish("{}")), publish("\r\n\r\n"), publish(""),
        request(fields + ["Idempotency-Key: a", "Content-Length: 2"], "{}"),
        request(fields + ["Transfer-Encoding: chunked"], "2\r\n{}\r\n0\r\n\r\n"),
        request(fields, "", line: "GET /p HTTP/1.1"),
        request(fields + ["X: content-length: 7", "content-length: 1"], "x"),
        "\r\n" + publish("{}"),
    ]

    /// Any requests, in any pieces. Bodies that look like heads are bodies.
    @Test func `a connection's requests are told of as NIO's decoder tells of them`() throws {
        var random = SeededGenerator(test: "known heads")
        var known = 0
        for _ in 0..<400 {
            let bytes = (0..<10).flatMap { _ in Array((Self.pool.randomElement(using: &random) ?? "").utf8) }
            var (pieces, rest) = ([[UInt8]](), bytes[...])
            while !rest.isEmpty {
                let count = Bool.random(using: &random) ? Int.random(in: 1...40, using: &random) : rest.count / 2 + 1
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            known += try Self.readByBoth(pieces, "seed \(random.seed)").known
        }
        #expect(known > 50, "seed \(random.seed)")
    }

    /// How many heads are broken; `make fuzz` breaks a million.
    private static let mutations =
        ProcessInfo.processInfo.environment["SLUICE_FUZZ_ITERATIONS"].flatMap { Int($0) } ?? 5_000

    /// Behind heads that are known, and before one that is. The decoder may refuse what NIO's takes, for how a body is
    /// framed, and tells of all before as NIO's does.
    @Test func `a broken request is told of as NIO's decoder tells of it, or refused`() throws {
        var random = SeededGenerator(test: "broken heads")
        let good = Array(Self.publish("{}").utf8)
        let pool = Self.pool.map { Array($0.utf8) }
        var refused = 0
        for _ in 0..<Self.mutations {
            var broken = pool.randomElement(using: &random) ?? good
            Mutation.apply(to: &broken, using: &random)
            let pieces = [good, good, broken, good]
            let told = try Self.read(pieces, with: RequestDecoder(headBytes: 16384))
            let byNIO = try Self.read(pieces, with: nil)
            guard told != byNIO else { continue }
            refused += 1
            #expect(told.isBeginning(of: byNIO), "\(told), and not \(byNIO), seed \(random.seed)")
        }
        print("of \(Self.mutations) broken heads \(refused) were refused that NIO's decoder takes")
        #expect(refused < Self.mutations / 10, "seed \(random.seed)")
    }

    /// NIO's decoder skips them, however many there are, and counts them against no limit.
    @Test(arguments: ["\r", "GET ", "\r\n"])
    func `spaces and line breaks without end are not kept`(beginning: String) throws {
        let decoder = RequestDecoder(headBytes: 16384)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        let filler = beginning == "GET " ? " " : beginning
        try channel.writeInbound(ByteBuffer(string: beginning))
        for _ in 1...16 {
            try channel.writeInbound(ByteBuffer(string: String(repeating: filler, count: 65_536 / filler.utf8.count)))
            #expect(decoder.lineOfUnread.count <= 1024)
        }
        _ = try? channel.finish()
    }
}
