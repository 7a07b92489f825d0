import FrameClient
import NIOCore
import SeededRandom
import Testing

@testable import HTTP2Kit

/// The walk from frame to frame, whatever pieces they come in.
@Suite struct FrameScannerTests {
    private static func frames(in pieces: [[UInt8]]) -> [FrameHeader] {
        var scanner = FrameScanner()
        var frames: [FrameHeader] = []
        for piece in pieces {
            let count = piece.withUnsafeBytes { bytes in
                scanner.scan(bytes) { frame, _ in
                    frames.append(frame)
                    return .take
                }
            }
            #expect(count == piece.count)
        }
        return frames
    }

    private static let sent: [Frame] = [
        .settings([(4, 0)]), .request(1, "/"), Frame(type: 0x42, flags: 9, stream: 7, [1, 2, 3]), .ping(),
        Frame(.data, flags: 8, stream: 1, [2, 0, 0]), Frame(type: 0xff), .windowUpdate(0, 5),
    ]

    @Test func `each frame is found, in whatever pieces it comes`() {
        let bytes = Frame.preface + Self.sent.flatMap(\.bytes)
        let whole = Self.frames(in: [bytes])
        #expect(whole.map(\.type) == Self.sent.map(\.type))
        #expect(whole.map(\.length) == Self.sent.map(\.payload.count))
        #expect(whole.map(\.flags) == Self.sent.map(\.flags))
        #expect(whole.map(\.stream) == Self.sent.map(\.stream))
        #expect(whole[4].padding == 3)
        #expect(Self.frames(in: bytes.map { [$0] }) == whole)
        var generator = SeededGenerator(seed: 13)
        for _ in 0..<50 {
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            #expect(Self.frames(in: [Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
    }

    @Test func `what stands before a frame that is not taken is told`() {
        var scanner = FrameScanner()
        let before = Frame.preface + Frame.settings().bytes
        let count = (before + Frame.ping().bytes).withUnsafeBytes { bytes in
            scanner.scan(bytes) { frame, _ in frame.type == Frame.Kind.ping.rawValue ? .refuse : .take }
        }
        #expect(count == before.count)
    }

    @Test func `a frame that is left is the first of the next walk, in whatever pieces all came`() {
        let bytes = Frame.preface + Self.sent.flatMap(\.bytes)
        for cut in 0...bytes.count {
            var scanner = FrameScanner()
            var pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
            var (types, walks): ([UInt8], Int) = ([], 0)
            while let piece = pieces.first {
                walks += 1
                var taken = 0
                let count = piece.withUnsafeBytes { raw in
                    scanner.scan(raw) { frame, mayBeLeft in
                        if taken > 0, mayBeLeft { return .leave }
                        taken += 1
                        types.append(frame.type)
                        return .take
                    }
                }
                pieces[0] = Array(piece[count...])
                if pieces[0].isEmpty { pieces.removeFirst() }
            }
            #expect(types == Self.sent.map(\.type), "cut at \(cut)")
            #expect(walks >= Self.sent.count)
        }
    }

    /// What asks for work and brings nothing is counted, known or not.
    @Test(arguments: [
        Frame(type: 0x42), Frame(type: 0xff, stream: 1, [1, 2]), Frame(type: 0x0a), Frame(type: 0x0c),
        Frame(type: 0x10),
        Frame(.priority, stream: 3, [0, 0, 0, 0, 16]), Frame(.data, stream: 1),
        Frame(.data, flags: 8, stream: 1, [2, 0, 0]),
        Frame(.settings), .ping(), Frame(.headers, flags: 5, stream: 1, [0x82]),
    ])
    func `a flood of anything is one`(frame: Frame) throws {
        let pair = try SessionPair()
        _ = try pair.receive(.request(1, "POST", "/", ends: false))
        let bytes = (0..<600).flatMap { _ in frame.bytes }
        let error = #expect(throws: HTTP2Error.self) {
            // In pieces, and nothing of what is made for them is ever waited for.
            for start in stride(from: 0, to: bytes.count, by: 1000) {
                try pair.session.receive(
                    ByteBuffer(bytes: bytes[start..<min(start + 1000, bytes.count)]), now: .uptimeNanoseconds(0))
                _ = try pair.sent()
            }
        }
        #expect(error?.code == .flood)
    }

    @Test func `a body in many small pieces is none`() throws {
        let pair = try SessionPair()
        _ = try pair.receive(.request(1, "POST", "/", ends: false))
        for _ in 0..<600 { _ = try pair.receive(.data(1, "x")) }
        #expect(try pair.receive(.request(3, "/")).count == 1)
    }
}
