// Who speaks at a port of TLS, and what is said to those who speak none.

import HTTPServing
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import Testing

@testable import GatewayServer

@Suite struct FirstBytesTests {
    private static func first(_ bytes: some Sequence<UInt8>) -> FirstBytes {
        FirstBytes(ByteBuffer(bytes: Array(bytes)).readableBytesView)
    }

    private static let proxyV2: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    @Test(arguments: ["GET / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1", "DELETE ", "PROPPATCH /x"])
    func methodsAreHTTP(text: String) {
        #expect(Self.first(text.utf8) == .http1(isHead: false))
    }

    @Test func othersAreToldApart() {
        #expect(Self.first("HEAD / HTTP/1.1\r\n".utf8) == .http1(isHead: true))
        #expect(Self.first("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) == .http2)
        #expect(Self.first("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n".utf8) == .proxyHeader)
        #expect(Self.first(Self.proxyV2 + [0x21]) == .proxyHeader)
    }

    @Test(
        arguments: [[22], [22, 3, 1], [0x80, 46, 1], [0], [255], [13, 10, 71], [32], [71, 69, 84, 9]] as [[UInt8]])
    func theRestIsForOpenSSL(bytes: [UInt8]) {
        #expect(Self.first(bytes) == .other)
    }

    @Test func textThatIsNoMethodIsForOpenSSL() {
        #expect(Self.first("SSH-2.0-OpenSSH".utf8) == .other)
        #expect(Self.first(String(repeating: "A", count: FirstBytes.limit).utf8) == .other)
    }

    @Test(arguments: ["GET / HTTP/1.1", "PRI * HTTP/2.0", "PROXY TCP4"]) func aByteMoreDecides(text: String) {
        let word = text.utf8.prefix { $0 != 32 }
        for count in 1...word.count { #expect(Self.first(text.utf8.prefix(count)) == .undecided) }
        #expect(Self.first(text.utf8.prefix(word.count + 1)) != .undecided)
        for count in 1..<Self.proxyV2.count { #expect(Self.first(Self.proxyV2.prefix(count)) == .undecided) }
    }
}

@Suite struct EntranceHandlerTests {
    /// A connection at the entrance, before TLS; what happens to it.
    private final class Door {
        let channel = EmbeddedChannel()
        let inside = Inside()
        var turnedAway: [FirstBytes] = []

        init() throws {
            let handler = EntranceHandler(linger: .seconds(2)) { [unowned self] in self.turnedAway.append($0) }
            try channel.pipeline.syncOperations.addHandlers([OutputCloser(), handler, inside])
            channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 443), promise: nil)
        }

        func send(_ bytes: some Sequence<UInt8>) throws {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: Array(bytes)))
        }

        var hasEntrance: Bool {
            (try? channel.pipeline.syncOperations.context(handlerType: EntranceHandler.self)) != nil
        }

        func said() throws -> String {
            var text = ""
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text
        }
    }

    /// As TLS and what is above it behave: they close on errors.
    private final class Inside: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var received = ""
        /// Where the bytes of the last read are.
        var place: UnsafeRawPointer?
        var errors: [any Error] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            received += String(buffer: bytes)
            place = bytes.withUnsafeReadableBytes(\.baseAddress)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            errors.append(error)
            context.close(promise: nil)
        }
    }

    /// A channel in memory has no half of itself to close.
    private final class OutputCloser: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else { return context.close(mode: mode, promise: promise) }
            promise?.succeed(())
        }
    }

    @Test func aPlainRequestIsAnsweredOnceAndHasTimeToReadThat() throws {
        let door = try Door()
        try door.send("G".utf8)
        #expect(try door.said() == "" && door.turnedAway.isEmpty)
        try door.send("ET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        let answer = try door.said()
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.contains("\r\nContent-Length: 24\r\n") && answer.hasSuffix("\r\n\r\nThis port speaks HTTPS.\n"))
        try door.send("GET /again HTTP/1.1\r\n\r\n".utf8)
        #expect(try door.said() == "" && door.inside.received == "")
        #expect((door.inside.errors.first as? TLSError)?.code == .plaintextHTTP && door.turnedAway.count == 1)
        #expect(door.channel.isActive)
        door.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!door.channel.isActive)
    }

    /// The first read has room for a few bytes only, so the channel may read again at once; later it may not.
    @Test func fromTheFirstBytesOnTheSocketIsReadOnceATurn() throws {
        let door = try Door()
        func limits() -> [UInt] {
            let options = door.channel.options.filter { $0.option is ChannelOptions.Types.MaxMessagesPerReadOption }
            return options.compactMap { $0.value as? UInt }
        }
        #expect(limits().isEmpty)
        try door.send([22, 3, 1])
        #expect(limits() == [1])
    }

    @Test func aClientThatLeavesIsNotWaitedFor() throws {
        let door = try Door()
        try door.send("HEAD / HTTP/1.1\r\n\r\n".utf8)
        #expect(try door.said().hasSuffix("Connection: close\r\n\r\n"))
        door.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!door.channel.isActive)
    }

    @Test func hTTP2IsToldInItsOwnWords() throws {
        let door = try Door()
        try door.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let answer = Array(try door.said().utf8)
        #expect(answer.count == 9 + 9 + 8 + 23)
        // An empty SETTINGS; GOAWAY of 31 bytes, last stream 0, INADEQUATE_SECURITY.
        #expect(Array(answer.prefix(9)) == [0, 0, 0, 4, 0, 0, 0, 0, 0])
        #expect(Array(answer[9..<26]) == [0, 0, 31, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12])
    }

    @Test func everythingElseIsPassedOnAsItCame() throws {
        for text in ["SSH-2.0\r\n", "PROXY TCP4 a b 1 2\r\n", "\u{16}\u{3}\u{1}"] {
            let door = try Door()
            for byte in text.utf8 { try door.send([byte]) }
            #expect(door.inside.received == text)
            #expect(try door.said() == "" && door.turnedAway == (text.hasPrefix("PROXY") ? [.proxyHeader] : []))
        }
    }

    @Test func aClientHelloThatIsWholeIsNotCopied() throws {
        let door = try Door()
        let hello = ByteBuffer(bytes: [22, 3, 1, 2, 0])
        door.channel.pipeline.fireChannelRead(hello)
        #expect(door.inside.place != nil && door.inside.place == hello.withUnsafeReadableBytes(\.baseAddress))
    }

    /// TLS closes it, and the entrance no longer keeps it open.
    @Test func whoHasToBeCutOffIs() throws {
        let door = try Door()
        try door.send("GET / HTTP/1.1\r\n\r\n".utf8)
        door.channel.close(promise: nil)
        #expect(door.channel.isActive)
        door.channel.triggerUserOutboundEvent(CutOff(), promise: nil)
        door.channel.close(promise: nil)
        #expect(!door.channel.isActive)
    }

    @Test(arguments: [("\u{16}\u{3}\u{1}", true), ("G", false), ("GET / HTTP/1.1\r\n", false)])
    func itGoesWhenTLSHasBegun(text: String, isGone: Bool) throws {
        let door = try Door()
        try door.send(text.utf8)
        #expect(door.hasEntrance == !isGone && door.inside.received == (isGone ? text : ""))
        guard isGone else { return }
        try door.send("\u{2}".utf8)
        #expect(door.inside.received == text + "\u{2}")
    }
}
