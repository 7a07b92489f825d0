// How many bytes the buffers of a shard's streams hold together, and which stream lets go of its own next. It counts
// only streams whose sockets take nothing.

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

    /// Whether more has to go. It stops an eighth below the limit, so that not every further event searches again.
    var isShedding: Bool { byteCount > limit - limit / 8 }

    /// Counts a stream with the bytes that its buffer has now.
    mutating func update(_ stream: HubStream) {
        let bytes = stream.hasEnded ? 0 : stream.bufferedBytes
        guard bytes != stream.accountedBytes else { return }
        let isIn = stream.accountedBytes > 0
        byteCount += bytes - stream.accountedBytes
        stream.accountedBytes = bytes
        // Each event that is held comes by here, and changes a number only.
        if isIn != (bytes > 0) { streams[stream.id] = isIn ? nil : stream }
    }

    /// The streams with a buffer, the furthest behind first.
    func furthestBehind() -> [HubStream] {
        streams.values.sorted { ($0.position, $0.id.number) < ($1.position, $1.id.number) }
    }
}
