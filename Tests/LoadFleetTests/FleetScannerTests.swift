import GatewayClient
import NIOCore
import Testing

@testable import LoadFleet

/// What the fleet reads of an event stream.
@Suite struct FleetScannerTests {
    private static let stream = """
        retry: 3000

        :

        id: abc-1
        data: {"l":1,"n":2,"t":345,"pad":"xx"}

        event: sluice.presence
        data: {"topic":"t","online":1}

        : a comment
        id: abc-2
        event: sluice.gap
        data: {"reason":"retention"}

        id: abc-3
        data: {"l":0,"n":4294967295,"t":18446744073709551615,"pad":""}

        event: sluice.rejected
        data: {"code":"draining"}


        """
    private static let items: [EventScanner.Item] = [
        .event(FleetEvent(lane: 1, number: 2, sentAt: 345)), .gap,
        .event(FleetEvent(lane: 0, number: .max, sentAt: .max)), .rejected(#"{"code":"draining"}"#),
    ]

    private func items(_ pieces: String...) throws -> [EventScanner.Item] {
        var scanner = EventScanner()
        var items: [EventScanner.Item] = []
        for piece in pieces { try scanner.feed(ByteBuffer(string: piece)) { items.append($0) } }
        return items
    }

    @Test func `events, gaps and rejections are seen, retry times and comments are not`() throws {
        #expect(try items(Self.stream) == Self.items)
    }

    @Test func `it does not matter where the bytes are cut`() throws {
        for cut in 0...Self.stream.utf8.count {
            let index = Self.stream.utf8.index(Self.stream.startIndex, offsetBy: cut)
            #expect(try items(String(Self.stream[..<index]), String(Self.stream[index...])) == Self.items)
        }
        var scanner = EventScanner()
        var items: [EventScanner.Item] = []
        for byte in Self.stream.utf8 { try scanner.feed(ByteBuffer(integer: byte)) { items.append($0) } }
        #expect(items == Self.items)
    }

    @Test func `the last event's id is what a reconnect sends, of whole events only`() throws {
        var scanner = EventScanner()
        #expect(scanner.lastEventID.readableBytes == 0)
        try scanner.feed(ByteBuffer(string: Self.stream + "id: abc-9\ndata: x\n")) { _ in }
        #expect(String(buffer: scanner.lastEventID) == "abc-3")
        try scanner.feed(ByteBuffer(string: "\n")) { _ in }
        #expect(String(buffer: scanner.lastEventID) == "abc-9")
    }

    @Test(arguments: [
        "data: hello", #"data: {"l":1,"n":0,"t":1,"pad":""}"#, #"data: {"l":1,"n":,"t":1,"pad":""}"#,
        #"data: {"l":1,"n":4294967296,"t":1}"#, #"data: {"l":99999999999999999999,"n":1,"t":1}"#,
        #"data: {"n":1,"l":1,"t":1}"#, "event: comment\ndata: x", "event: sluice.expiring\ndata: x", "data: x\ndata: y",
        "data: {\"l\":1,\"n\":1,\"t\":1}\ndata: y",
    ])
    func `what the fleet did not publish is foreign`(_ block: String) throws {
        #expect(try items(block + "\n\n") == [.foreign])
    }

    @Test func `a block that does not end is an error`() throws {
        var scanner = EventScanner()
        try scanner.feed(ByteBuffer(string: "data: ")) { _ in }
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: EventScanner.limit)
        #expect(throws: GatewayClientError.self) { try scanner.feed(piece) { _ in } }
    }

    @Test(arguments: [0, 80, 150, 4096])
    func `an event is read as it was written, at the length that was asked for`(_ byteCount: Int) throws {
        let event = FleetEvent(lane: 123, number: 456, sentAt: 7_890_123)
        var data = ByteBuffer()
        event.write(byteCount: byteCount, to: &data)
        #expect(FleetEvent(data: data.readableBytesUInt8Span) == event)
        #expect(byteCount == 0 || data.readableBytes == byteCount)
        #expect(try items("data: \(String(buffer: data))\n\n") == [.event(event)])
    }

    @Test func `the least length is enough for every event`() {
        var data = ByteBuffer()
        FleetEvent(lane: 9_999_999, number: .max, sentAt: .max).write(byteCount: FleetEvent.minimumBytes, to: &data)
        #expect(data.readableBytes == FleetEvent.minimumBytes)
    }
}
