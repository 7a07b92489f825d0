// What the buffers of a shard's streams hold together, and whose turn it is to let go. Only streams whose sockets take
// nothing are in it: the others cost no look.

/// The sum of a shard's buffers.
struct BufferAccount {
    var limit: Int
    private(set) var byteCount = 0
    private var streams: [StreamID: HubStream] = [:]

    /// - Parameter limit: how many bytes there may be.
    init(limit: Int) {
        self.limit = limit
    }

    var isFull: Bool { byteCount > limit }

    /// Whether more has to go: an eighth below the limit, so that not every further event looks for somebody again.
    var isShedding: Bool { byteCount > limit - limit / 8 }

    /// Counts a stream with what its buffer has now.
    mutating func update(_ stream: HubStream) {
        let bytes = stream.hasEnded ? 0 : stream.bufferedBytes
        guard bytes != stream.accountedBytes else { return }
        byteCount += bytes - stream.accountedBytes
        stream.accountedBytes = bytes
        streams[stream.id] = bytes == 0 ? nil : stream
    }

    /// All that have something, the furthest behind first.
    func furthestBehind() -> [HubStream] {
        streams.values.sorted { ($0.position, $0.id.number) < ($1.position, $1.id.number) }
    }
}
