// What the connections of one event loop share.

internal import HTTP2Kit
internal import HTTPServing
internal import NIOCore
internal import NIOOpenSSL

/// Working memory for TLS and HTTP/2, and the turns of requests: one of each per event loop.
struct LoopResources: Sendable {
    /// About a millisecond: what a storm of new connections may delay an event by, per turn.
    private static let handshakeStepsPerTurn = 2

    private struct Memory {
        let tls: OpenSSLScratch
        let http2 = HTTP2Output()
        let turns: LoopTurns
        let handshakes: HandshakeTimes

        init(_ bell: LoopBell?, _ handshakes: HandshakeTimes, _ traffic: TLSTraffic, on eventLoop: any EventLoop) {
            self.handshakes = handshakes
            turns = LoopTurns(on: eventLoop, afterSockets: bell.map { $0.ring })
            tls = OpenSSLScratch(
                handshakeStepsPerTurn: LoopResources.handshakeStepsPerTurn, traffic: traffic,
                afterSockets: bell.map { $0.ring })
        }
    }

    private let eventLoops: [any EventLoop]
    /// One per event loop, in their order.
    let handshakeTimes: [HandshakeTimes]
    /// Likewise.
    let traffic: [TLSTraffic]
    private let memories: [ObjectIdentifier: NIOLoopBoundBox<Memory?>]

    init(_ eventLoops: [any EventLoop]) {
        self.eventLoops = eventLoops
        handshakeTimes = eventLoops.map { _ in HandshakeTimes() }
        traffic = eventLoops.map { _ in TLSTraffic() }
        memories = Dictionary(
            uniqueKeysWithValues: eventLoops.map { eventLoop in
                (ObjectIdentifier(eventLoop), .makeEmptyBox(valueType: Memory.self, eventLoop: eventLoop))
            })
    }

    /// Makes the memories, each with its loop's bell. Before connections come.
    ///
    /// - Throws: when there are no descriptors left.
    func open() async throws {
        for (number, eventLoop) in eventLoops.enumerated() {
            let (bell, box) = (try await LoopBell.open(on: eventLoop), memories[ObjectIdentifier(eventLoop)])
            let (handshakes, traffic) = (handshakeTimes[number], traffic[number])
            try await eventLoop.submit { box?.value = Memory(bell.value, handshakes, traffic, on: eventLoop) }.get()
        }
    }

    /// On `eventLoop`.
    func scratch(on eventLoop: any EventLoop) -> OpenSSLScratch { memory(on: eventLoop).tls }

    /// On `eventLoop`.
    func output(on eventLoop: any EventLoop) -> HTTP2Output { memory(on: eventLoop).http2 }

    /// On `eventLoop`.
    func turns(on eventLoop: any EventLoop) -> LoopTurns { memory(on: eventLoop).turns }

    /// On `eventLoop`.
    func handshakes(on eventLoop: any EventLoop) -> HandshakeTimes { memory(on: eventLoop).handshakes }

    /// A loop that was given no bell has nothing that connections could share.
    private func memory(on eventLoop: any EventLoop) -> Memory {
        memories[ObjectIdentifier(eventLoop)]?.value ?? Memory(nil, HandshakeTimes(), TLSTraffic(), on: eventLoop)
    }
}
