// What the connections of one event loop share.

internal import NIOCore
internal import NIOOpenSSL

/// TLS working memory, one per event loop, made when its first connection comes.
struct LoopResources: Sendable {
    private let scratches: [ObjectIdentifier: NIOLoopBoundBox<OpenSSLScratch?>]

    init(_ eventLoops: [any EventLoop]) {
        scratches = Dictionary(
            uniqueKeysWithValues: eventLoops.map { eventLoop in
                (ObjectIdentifier(eventLoop), .makeEmptyBox(valueType: OpenSSLScratch.self, eventLoop: eventLoop))
            })
    }

    /// On `eventLoop`.
    func scratch(on eventLoop: any EventLoop) -> OpenSSLScratch {
        guard let box = scratches[ObjectIdentifier(eventLoop)] else { return OpenSSLScratch() }
        if let scratch = box.value { return scratch }
        let scratch = OpenSSLScratch()
        box.value = scratch
        return scratch
    }
}
