// What the connections of one event loop share.

internal import HTTP2Kit
internal import NIOCore
internal import NIOOpenSSL

/// Working memory for TLS and HTTP/2, one of each per event loop, made when its first connection comes.
struct LoopResources: Sendable {
    /// About two milliseconds: what a storm of new connections may delay an event by, per turn.
    private static let handshakeStepsPerTurn = 4

    private struct Memory {
        let tls = OpenSSLScratch(handshakeStepsPerTurn: LoopResources.handshakeStepsPerTurn)
        let http2 = HTTP2Output()
    }

    private let memories: [ObjectIdentifier: NIOLoopBoundBox<Memory?>]

    init(_ eventLoops: [any EventLoop]) {
        memories = Dictionary(
            uniqueKeysWithValues: eventLoops.map { eventLoop in
                (ObjectIdentifier(eventLoop), .makeEmptyBox(valueType: Memory.self, eventLoop: eventLoop))
            })
    }

    /// On `eventLoop`.
    func scratch(on eventLoop: any EventLoop) -> OpenSSLScratch { memory(on: eventLoop).tls }

    /// On `eventLoop`.
    func output(on eventLoop: any EventLoop) -> HTTP2Output { memory(on: eventLoop).http2 }

    private func memory(on eventLoop: any EventLoop) -> Memory {
        guard let box = memories[ObjectIdentifier(eventLoop)] else { return Memory() }
        if let memory = box.value { return memory }
        let memory = Memory()
        box.value = memory
        return memory
    }
}
