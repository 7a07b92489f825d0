// When handshakes come by the thousand, each turn of the event loop takes a few of their steps.

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct HandshakeTurnsTests {
    @Test func aTurnHasItsStepsAndTheOthersWaitInOrder() {
        var turns = HandshakeTurns(limit: 2)
        var taken: [Int] = []
        for number in 1...5 where Self.enter(&turns, { taken.append(number) }) == .now { taken.append(number) }
        #expect(taken == [1, 2])
        #expect(Self.turn(&turns) == 2)
        #expect(taken == [1, 2, 3, 4])
        #expect(Self.turn(&turns) == 1)
        #expect(taken == [1, 2, 3, 4, 5])
        #expect(Self.turn(&turns) == 0)
    }

    private static func enter(
        _ turns: inout HandshakeTurns, _ step: @escaping () -> Void = {}
    ) -> HandshakeTurns.Entry {
        turns.enter {
            step()
            return true
        }
    }

    /// One turn. Returns how many of those that waited it took.
    private static func turn(_ turns: inout HandshakeTurns) -> Int {
        turns.endTurn()
        var count = 0
        while let step = turns.next(), step() {
            turns.took()
            count += 1
        }
        return count
    }

    @Test func aStepWithNothingToDoTakesNobodysPlace() {
        var turns = HandshakeTurns(limit: 1)
        _ = Self.enter(&turns)
        for _ in 0..<3 { _ = turns.enter { false } }
        var isTaken = false
        _ = Self.enter(&turns) { isTaken = true }
        turns.endTurn()
        while let step = turns.next() { if step() { turns.took() } }
        #expect(isTaken)
    }

    @Test func whoeverWaitsIsBeforeWhoeverComes() {
        var turns = HandshakeTurns(limit: 1)
        #expect(Self.enter(&turns) == .now)
        #expect(Self.enter(&turns) == .wait)
        #expect(Self.turn(&turns) == 1)
        #expect(Self.enter(&turns) == .wait, "this turn's step went to the one that had waited")
    }

    @Test func theEndOfATurnIsAskedForOnce() {
        var turns = HandshakeTurns(limit: 1)
        let answers = [turns.needsEnd(), turns.needsEnd()]
        #expect(answers == [true, false])
        turns.endTurn()
        let again = turns.needsEnd()
        #expect(again)
    }

    @Test func withoutALimitNoTurnEnds() {
        var turns = HandshakeTurns(limit: .max)
        let needsEnd = turns.needsEnd()
        #expect(!needsEnd)
        for _ in 0..<1000 { #expect(Self.enter(&turns) == .now) }
    }

    // MARK: The handler

    /// Two servers on one event loop's memory, with one step a turn, and their clients' first flights.
    private static func crowd(
        afterSockets: ((@escaping () -> Void) -> Bool)? = nil
    ) throws -> (first: Wire, second: Wire, hello: [UInt8]) {
        let scratch = OpenSSLScratch(handshakeStepsPerTurn: 1, afterSockets: afterSockets)
        let wires = try (0..<2).map { _ in try Wire.make(scratch: (client: OpenSSLScratch(), server: scratch)) }
        for wire in wires {
            try wire.server.connect()
            try wire.client.connect()
        }
        wires[0].server.deliver(wires[0].client.takeBytes())
        return (wires[0], wires[1], wires[1].client.takeBytes())
    }

    @Test func aHandshakeWaitsForItsTurn() throws {
        let (first, second, hello) = try Self.crowd()
        #expect(!first.server.takeBytes().isEmpty)
        second.server.deliver(hello)
        #expect(second.server.takeBytes().isEmpty)
        first.loop.advanceTime(by: .milliseconds(1))
        let flight = second.server.takeBytes()
        #expect(!flight.isEmpty)
        second.client.deliver(flight)
        #expect(second.client.recorder.isHandshakeComplete)
    }

    /// A turn ends with what the loop's sockets brought: no timer goes off for it, and the loop does not sleep until
    /// then.
    @Test func theNextTurnNeedsNoTimeToPass() throws {
        let (first, second, hello) = try Self.crowd()
        second.server.deliver(hello)
        #expect(second.server.takeBytes().isEmpty)
        first.loop.run()
        #expect(!second.server.takeBytes().isEmpty)
    }

    /// Turn after turn without a look at the sockets would hold up whoever waits there: neither tasks nor time begin
    /// one.
    @Test func aFurtherTurnWaitsUntilTheLoopHasLookedAtItsSockets() throws {
        var rung: [() -> Void] = []
        let (first, second, hello) = try Self.crowd { action in
            rung.append(action)
            return true
        }
        second.server.deliver(hello)
        first.loop.run()
        let flight = second.server.takeBytes()
        #expect(!flight.isEmpty, "the first turn ends behind the sockets' events")
        second.client.deliver(flight)
        second.server.deliver(second.client.takeBytes())
        first.loop.run()
        first.loop.advanceTime(by: .seconds(1))
        #expect(!second.server.recorder.isHandshakeComplete)
        #expect(rung.count == 1)
        rung.popLast()?()
        first.loop.run()
        #expect(second.server.recorder.isHandshakeComplete)
    }

    @Test func aConnectionThatIsOpenWaitsForNobody() throws {
        let scratch = OpenSSLScratch(handshakeStepsPerTurn: 1)
        let open = try Wire.make(scratch: (client: OpenSSLScratch(), server: scratch)).connect()
        open.loop.advanceTime(by: .milliseconds(1))
        let others = try (0..<2).map { _ in try Wire.make(scratch: (client: OpenSSLScratch(), server: scratch)) }
        for other in others {
            try other.server.connect()
            try other.client.connect()
            other.server.deliver(other.client.takeBytes())
        }
        #expect(others.map { $0.server.takeBytes().isEmpty } == [false, true], "this turn's step is taken")
        open.client.send("up")
        open.server.deliver(open.client.takeBytes())
        #expect(open.server.recorder.text == "up")
    }

    @Test func whileItWaitsNoMoreThanARecordIsRead() throws {
        let (_, second, hello) = try Self.crowd()
        let reads = ReadCounter()
        try second.server.channel.pipeline.syncOperations.addHandler(reads, position: .first)
        second.server.deliver(hello)
        second.server.channel.read()
        #expect(reads.count == 1, "an honest client sends nothing meanwhile")
        second.server.deliver([23, 3, 3, 0x3f, 0xff] + [UInt8](repeating: 0, count: 0x3fff))
        second.server.channel.read()
        #expect(reads.count == 1)
    }

    @Test func bytesThatTrickleInTakeNoTurns() throws {
        let scratch = OpenSSLScratch(handshakeStepsPerTurn: 1)
        let wires = try (0..<2).map { _ in try Wire.make(scratch: (client: OpenSSLScratch(), server: scratch)) }
        for wire in wires {
            try wire.server.connect()
            try wire.client.connect()
        }
        let slow = wires[0].client.takeBytes()
        for byte in slow.dropLast() { wires[0].server.deliver([byte]) }
        wires[1].server.deliver(wires[1].client.takeBytes())
        #expect(!wires[1].server.takeBytes().isEmpty, "the turn is free")
        wires[1].loop.advanceTime(by: .milliseconds(1))
        wires[0].server.deliver(Array(slow.suffix(1)))
        #expect(!wires[0].server.takeBytes().isEmpty)
    }

    /// What a read has brought is told as complete before the end that came behind it, as without a wait.
    @Test func anEndThatCameWhileItWaitedIsToldBehindItsRead() throws {
        let scratch = OpenSSLScratch(handshakeStepsPerTurn: 1)
        let server = try End.server(scratch: scratch, takesBareEnd: true)
        try server.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        var readsAtTheEnd: Int?
        server.recorder.onEvent = { [unowned recorder = server.recorder] _, event in
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { readsAtTheEnd = recorder.readCompletions }
        }
        let (client, other) = (try RawClient(), try Wire.make(scratch: (client: OpenSSLScratch(), server: scratch)))
        try server.connect()
        SSL_do_handshake(client.ssl)
        server.deliver(client.takeBytes())
        server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        client.deliver(server.takeBytes())
        SSL_do_handshake(client.ssl)
        client.write("question")
        // This turn's step is another's.
        try other.server.connect()
        try other.client.connect()
        other.server.deliver(other.client.takeBytes())
        server.deliver(client.takeBytes())
        server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(server.recorder.received.isEmpty)
        other.loop.advanceTime(by: .milliseconds(1))
        #expect(server.recorder.text == "question" && server.recorder.errors.isEmpty)
        #expect(readsAtTheEnd == 1)
    }

    /// Takes a handshake as far as to what the client says last, which is not delivered.
    private static func lastFlight(of client: RawClient, to server: End) throws -> [UInt8] {
        try server.connect()
        SSL_do_handshake(client.ssl)
        server.deliver(client.takeBytes())
        client.deliver(server.takeBytes())
        SSL_do_handshake(client.ssl)
        return client.takeBytes()
    }

    /// The end of a split flight may begin like a record, and is none: what OpenSSL has of it already counts.
    @Test func aFlightWhoseLastByteComesLaterIsTaken() throws {
        var last: UInt8 = 0
        while !(20...23).contains(last) {
            let server = try End.server()
            let flight = try Self.lastFlight(of: try RawClient(), to: server)
            last = try #require(flight.last)
            server.deliver(Array(flight.dropLast()))
            #expect(!server.recorder.isHandshakeComplete)
            server.deliver([last])
            try #require(server.recorder.isHandshakeComplete, "the last byte is \(last)")
        }
    }

    /// Nor do its bytes cost a turn, one by one.
    @Test func bytesThatTrickleInBehindAWholeRecordTakeNoTurns() throws {
        let scratch = OpenSSLScratch(handshakeStepsPerTurn: 1)
        let server = try End.server(scratch: scratch)
        let flight = try Self.lastFlight(of: try RawClient(), to: server)
        // A ChangeCipherSpec of six bytes comes first (RFC 8446 §D.4).
        server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        server.deliver(Array(flight.prefix(8)))
        server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        for byte in flight.dropFirst(8).dropLast() { server.deliver([byte]) }
        let other = try Wire.make(scratch: (client: OpenSSLScratch(), server: scratch))
        try other.server.connect()
        try other.client.connect()
        other.server.deliver(other.client.takeBytes())
        #expect(!other.server.takeBytes().isEmpty, "the turn is free")
        other.loop.advanceTime(by: .milliseconds(1))
        server.deliver(Array(flight.suffix(1)))
        #expect(server.recorder.isHandshakeComplete)
    }

    @Test func aConnectionThatGoesWhileItWaitsIsForgotten() throws {
        let (first, second, hello) = try Self.crowd()
        second.server.deliver(hello)
        second.server.loseConnection()
        first.loop.advanceTime(by: .milliseconds(1))
        #expect(second.server.takeBytes().isEmpty)
        #expect(second.server.recorder.codes == [.handshakeInterrupted])
    }
}

/// Counts what a channel is asked to read.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}
