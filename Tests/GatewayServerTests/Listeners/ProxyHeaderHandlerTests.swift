// The first handler of a connection that comes from a trusted proxy.

import HTTPServing
import NIOCore
import NIOEmbedded
import PeerText
import Testing

@testable import GatewayServer

@Suite struct ProxyHeaderHandlerTests {
    /// What stands behind it hears.
    private final class Inside: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var received = ""
        /// Where the bytes of the last read are.
        var place: UnsafeRawPointer?
        var told: [String] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received += String(buffer: bytes)
            place = bytes.withUnsafeReadableBytes(\.baseAddress)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let event = event as? ClientAddressTold { told.append(event.address.description) }
        }
    }

    private final class Door {
        let channel = EmbeddedChannel()
        let inside = Inside()
        let book = AddressBook()
        /// TLS holds them until the connection is closed.
        var places: ConnectionPlaces?
        var refused: [ProxyHeaderReader.Reading] = []

        init(_ limits: AddressLimits = AddressLimits()) throws {
            let book = book
            let handler = ProxyHeaderHandler(admit: { try book.admit($0, limits) }) { [unowned self] in
                self.refused.append($0)
            }
            let places = ConnectionPlaces(seat: nil, address: nil)
            self.places = places
            let entrance = EntranceHandler(places: places, linger: .seconds(2)) { _ in }
            try channel.pipeline.syncOperations.addHandlers([handler, entrance, inside])
            channel.connect(to: try SocketAddress(ipAddress: "10.0.0.9", port: 443), promise: nil)
        }

        func send(_ text: String) { channel.pipeline.fireChannelRead(ByteBuffer(string: text)) }

        var hasHandler: Bool {
            (try? channel.pipeline.syncOperations.context(handlerType: ProxyHeaderHandler.self)) != nil
        }
    }

    private static let header = "PROXY TCP4 192.0.2.1 198.51.100.1 1 443\r\n"

    @Test func `tells the client before anything of its own, and goes`() throws {
        for cut in 0...Self.header.utf8.count {
            let door = try Door()
            door.send(String(Self.header.unicodeScalars.prefix(cut)))
            door.send(String(Self.header.unicodeScalars.dropFirst(cut)) + "\u{16}\u{3}")
            door.send("\u{1}")
            #expect(door.inside.told == ["192.0.2.1"] && door.inside.received == "\u{16}\u{3}\u{1}")
            #expect(!door.hasHandler && door.channel.isActive && door.refused.isEmpty)
        }
    }

    @Test func `what follows the header in the same read is not copied`() throws {
        let door = try Door()
        let bytes = ByteBuffer(string: Self.header + "\u{16}\u{3}\u{1}")
        door.channel.pipeline.fireChannelRead(bytes)
        let place = bytes.withUnsafeReadableBytes { $0.baseAddress?.advanced(by: Self.header.utf8.count) }
        #expect(door.inside.place != nil && door.inside.place == place)
    }

    @Test func `a proxy's own connection is its own`() throws {
        let door = try Door()
        door.send("PROXY UNKNOWN\r\n\u{16}")
        #expect(door.inside.told.isEmpty && door.inside.received == "\u{16}" && !door.hasHandler)
    }

    @Test(arguments: [("\u{16}\u{3}\u{1}", true), ("GET / HTTP/1.1\r\n", true), ("PROXY TCP4 x\r\n", false)])
    func `without a header the connection is closed unread`(text: String, isMissing: Bool) throws {
        let door = try Door()
        door.send(text)
        door.send(Self.header)
        #expect(!door.channel.isActive && door.inside.received.isEmpty && door.inside.told.isEmpty)
        #expect(door.refused == [isMissing ? .missing : .invalid])
    }

    @Test func `a client has what its address may, be it brought by one proxy`() throws {
        let limits = AddressLimits(connections: 1)
        let first = try Door(limits)
        first.send(Self.header)
        #expect(first.channel.isActive && first.inside.told == ["192.0.2.1"])
        #expect(throws: AddressRefusal.tooMany) {
            try first.book.admit(ClientAddress("192.0.2.1"[...].utf8), limits)
        }
        first.places = nil
        first.channel.close(promise: nil)
        first.channel.embeddedEventLoop.run()
        #expect(try first.book.admit(ClientAddress("192.0.2.1"[...].utf8), limits) != nil)
    }

    @Test func `one that has too many is closed unread`() throws {
        let limits = AddressLimits(connections: 1)
        let door = try Door(limits)
        let place = try door.book.admit(ClientAddress("192.0.2.1"[...].utf8), limits)
        door.send(Self.header + "\u{16}")
        #expect(!door.channel.isActive && door.inside.received.isEmpty && place != nil)
    }
}
