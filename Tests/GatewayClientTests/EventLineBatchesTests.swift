import Testing

@testable import GatewayClient

@Suite struct EventLineBatchesTests {
    private func text(_ batches: [[UInt8]]) -> [String] { batches.map { String(decoding: $0, as: UTF8.self) } }

    @Test func `whole lines go at once, the rest waits`() throws {
        var batches = EventLineBatches()
        #expect(try text(batches.feed("{\"a\":1}\n{\"b\"".utf8)) == ["{\"a\":1}\n"])
        #expect(try batches.feed(":2}".utf8).isEmpty)
        #expect(try text(batches.feed("\n".utf8)) == ["{\"b\":2}\n"])
        #expect(try batches.finish().isEmpty)
    }

    @Test func `a last line without a line end counts, blank lines do not`() throws {
        var batches = EventLineBatches()
        #expect(try text(batches.feed("\n \r\n{}\n\n{}".utf8)) == ["{}\n"])
        #expect(try text(batches.finish()) == ["{}\n"])
        #expect(try batches.finish().isEmpty)
    }

    @Test func `at most 500 lines go together, in order`() throws {
        var batches = EventLineBatches()
        let input = (0..<1201).map { "\($0)\n" }.joined()
        let result = try text(batches.feed(input.utf8))
        #expect(result.map { $0.split(separator: "\n").count } == [500, 500, 201])
        #expect(result.joined() == input)
    }

    @Test func `long lines go in bodies of about 256 KiB`() throws {
        var batches = EventLineBatches()
        let line = String(repeating: "x", count: 100 << 10) + "\n"
        let result = try batches.feed(String(repeating: line, count: 5).utf8)
        #expect(result.map(\.count) == [2, 2, 1].map { $0 * line.utf8.count })
    }

    @Test func `a line of 1 MiB is an error, also before it ends`() throws {
        let long = [UInt8](repeating: 0x78, count: 1 << 20)
        var whole = EventLineBatches()
        let error = #expect(throws: GatewayClientError.self) { try whole.feed(long + [0x0A]) }
        #expect(error?.code == .tooLarge)
        var open = EventLineBatches()
        #expect(throws: GatewayClientError.self) { try open.feed(long) }
    }
}
