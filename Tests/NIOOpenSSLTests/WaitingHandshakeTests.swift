// A connection that ends while its handshake waits for a turn: nobody hears of it again, and who waits behind it is
// next.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct WaitingHandshakeTests {
    /// How it ends.
    enum Ending: CaseIterable {
        /// Its time for the handshake is over.
        case deadline
        /// Its client has closed its side, and then the time is over.
        case deadlineBehindTheClientsEnd
        /// For a limit, or because it has to make way.
        case abruptClose
        case close
        /// Its client is gone.
        case loss

        fileprivate func come(to server: End, of door: Door) {
            switch self {
            case .deadline: door.loop.advanceTime(by: .seconds(5))
            case .deadlineBehindTheClientsEnd:
                server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
                door.loop.advanceTime(by: .seconds(5))
            case .abruptClose: server.channel.triggerUserOutboundEvent(Now(), promise: nil)
            case .close: server.channel.close(promise: nil)
            case .loss: server.loseConnection()
            }
        }

        private struct Now: AbruptClose {}

        /// What its user is told; of its own close nothing.
        fileprivate var codes: [TLSError.Code] {
            switch self {
            case .deadline, .deadlineBehindTheClientsEnd: [.handshakeTimedOut]
            case .abruptClose, .loss: [.handshakeInterrupted]
            case .close: []
            }
        }
    }

    /// Servers of one event loop, of which one takes a step in each turn.
    fileprivate final class Door {
        let loop = EmbeddedEventLoop()
        private var rung: [() -> Void] = []
        private lazy var scratch = OpenSSLScratch(handshakeStepsPerTurn: 1) { action in
            self.rung.append(action)
            return true
        }
        private let contexts: Contexts

        init() throws { contexts = try Contexts.make() }

        /// A server that has been brought its client's first flight.
        func arrive() throws -> (server: End, client: End) {
            let server = try End(OpenSSLHandler(serverContext: contexts.server, scratch: scratch), loop: loop)
            let client = try End(
                OpenSSLHandler(clientContext: contexts.client, serverName: "localhost"), loop: loop)
            try server.connect()
            try client.connect()
            server.deliver(client.takeBytes())
            return (server, client)
        }

        /// The next turn: the loop has looked at its sockets.
        func ring() {
            loop.run()
            let actions = rung
            rung = []
            for action in actions { action() }
        }

        /// Servers that have taken the steps of two turns, so that the next one waits for ``ring()``.
        func fill() throws {
            for server in try [arrive(), arrive()].map(\.server) {
                loop.run()
                #expect(!server.takeBytes().isEmpty)
            }
        }
    }

    /// Five seconds before its deadline it is followed by another.
    @Test(arguments: Ending.allCases) func whoWaitsBehindItIsNext(ending: Ending) throws {
        let door = try Door()
        try door.fill()
        let one = try door.arrive()
        door.loop.advanceTime(by: .seconds(5))
        let next = try door.arrive()
        ending.come(to: one.server, of: door)
        #expect(one.server.recorder.isInactive && one.server.recorder.codes == ending.codes)
        #expect(next.server.takeBytes().isEmpty, "its turn has not come")
        door.ring()
        let flight = next.server.takeBytes()
        #expect(!flight.isEmpty, "the turn of who is gone is nobody's")
        next.client.deliver(flight)
        next.server.deliver(next.client.takeBytes())
        door.ring()
        #expect(next.server.recorder.isHandshakeComplete && next.server.recorder.errors.isEmpty)
    }

    @Test(arguments: Ending.allCases) func nothingOfItComesLater(ending: Ending) throws {
        let door = try Door()
        try door.fill()
        let one = try door.arrive()
        door.loop.advanceTime(by: .seconds(5))
        ending.come(to: one.server, of: door)
        for _ in 0..<3 {
            door.ring()
            door.loop.advanceTime(by: .seconds(10))
        }
        #expect(one.server.takeBytes().isEmpty, "it has said nothing")
        #expect(one.server.recorder.codes == ending.codes, "its deadline does not pass again")
        #expect(one.server.recorder.reads == 0 && !one.server.recorder.isHandshakeComplete)
    }

    @Test(arguments: Ending.allCases) func nothingOfItIsKept(ending: Ending) throws {
        let door = try Door()
        try door.fill()
        weak var handler: OpenSSLHandler?
        do {
            let one = try door.arrive()
            handler = one.server.handler
            door.loop.advanceTime(by: .seconds(5))
            ending.come(to: one.server, of: door)
            // A channel in memory stays when only its end has been told.
            for end in [one.server, one.client] { end.channel.close(promise: nil) }
        }
        door.ring()
        #expect(handler == nil)
    }
}
