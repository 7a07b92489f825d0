// What a client may ask for besides data: as often as an honest one does for as long as it lives, and never for memory.

import COpenSSL
import Glibc
import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct KeyUpdateTests {
    /// Who holds the records behind the handshake: a client that negotiated a fragment's length leaves them to OpenSSL.
    enum Holder: CaseIterable {
        case ourselves, openSSL
    }

    private func open(_ holder: Holder) throws -> (client: RawClient, server: End) {
        let client = try RawClient { context in
            guard holder == .openSSL else { return }
            SSL_CTX_set_tlsext_max_fragment_length(context, UInt8(TLSEXT_max_fragment_length_4096))
        }
        let server = try End.server()
        try client.connect(to: server)
        return (client, server)
    }

    @Test(arguments: Holder.allCases) func anHonestPaceEndsNothingInTenMinutes(holder: Holder) throws {
        let (client, server) = try open(holder)
        for number in 1...3_000 {
            server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
            client.updateKeys()
            server.deliver(client.takeBytes())
            guard number.isMultiple(of: 10) else { continue }
            server.send("event \(number)")
            client.deliver(server.takeBytes())
            #expect(client.read() == "event \(number)")
        }
        #expect(server.channel.isActive && server.recorder.errors.isEmpty)
    }

    /// As Java does with a small `jdk.tls.keyLimits`, at any speed.
    @Test(arguments: Holder.allCases) func aClientMayChangeItsKeysAsOftenAsDataFlows(holder: Holder) throws {
        let (client, server) = try open(holder)
        let data = String(repeating: "x", count: 65_536)
        for _ in 1...200 {
            client.write(data)
            client.updateKeys()
            server.deliver(client.takeBytes())
        }
        #expect(server.recorder.received.count == 200 * 65_536)
        #expect(server.channel.isActive && server.recorder.errors.isEmpty)
    }

    @Test func aServersDataEarnsKeyUpdatesToo() throws {
        let (client, server) = try open(.ourselves)
        for _ in 1...500 {
            server.send("event")
            client.deliver(server.takeBytes())
            #expect(client.read() == "event")
            client.updateKeys()
            server.deliver(client.takeBytes())
        }
        #expect(server.channel.isActive && server.recorder.errors.isEmpty)
    }

    @Test(arguments: Holder.allCases) func aFloodWithAByteInBetweenIsEnded(holder: Holder) throws {
        let (client, server) = try open(holder)
        var sent = 0
        while server.channel.isActive, sent < 10_000 {
            for _ in 1...31 { client.updateKeys() }
            client.write("x")
            sent += 31
            server.deliver(client.takeBytes())
        }
        #expect(sent <= 4 * 31)
        #expect(server.recorder.codes == [.recordInvalid])
    }

    /// A peer that stays within its budget sends 6.4 such records a second: what each costs bounds what it can cost us.
    ///
    /// The bound is this build's, with room for a machine that is busy.
    @Test func aRecordCostsMicrosecondsAndIsPaidByTheBudget() throws {
        let (client, server) = try open(.ourselves)
        let count = 20_000
        var records: [[UInt8]] = []
        for _ in 1...count {
            client.updateKeys()
            records.append(client.takeBytes())
        }
        let before = clock()
        for record in records {
            server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
            server.deliver(record)
        }
        let microseconds = Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1_000_000 / Double(count)
        #expect(server.channel.isActive)
        #expect(microseconds < 400, "\(microseconds) µs of a processor for each record")
    }

    /// 100,000 requests over hours: what is owed is one answer, and it is not made before there is data to send.
    @Test func aClientThatDoesNotReadIsOwedNoBytes() throws {
        let (client, server) = try open(.ourselves)
        for _ in 1...100_000 {
            server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
            client.updateKeys()
            server.deliver(client.takeBytes())
        }
        #expect(server.takeBytes().isEmpty)
        #expect(server.channel.isActive)
        server.send("event")
        let answer = server.takeBytes()
        // One key update (5 + 5 + 1 + 16) before one record of data (5 + 5 + 1 + 16).
        #expect(answer.count == 54)
        client.deliver(answer)
        #expect(client.read() == "event")
    }

    @Test func nothingMoreIsReadFromAPeerThatTakesNothing() throws {
        let (client, server) = try open(.ourselves)
        let counter = FlushCounter()
        try server.channel.pipeline.syncOperations.addHandler(counter, position: .first)
        server.channel.isWritable = false
        client.updateKeys()
        server.deliver(client.takeBytes())
        #expect(counter.reads == 0)
        server.channel.isWritable = true
        server.channel.pipeline.fireChannelWritabilityChanged()
        #expect(counter.reads == 1)
        client.updateKeys()
        server.deliver(client.takeBytes())
        #expect(counter.reads == 2)
    }
}
