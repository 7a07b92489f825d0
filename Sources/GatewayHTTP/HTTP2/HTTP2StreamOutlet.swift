// An open event stream on an HTTP/2 connection: the hub's way out. Knows its own queue; the connection knows the
// socket.

internal import EventHub
internal import EventLog
internal import HTTP2Kit
internal import NIOCore

/// Puts frames into a stream's queue, from where the connection takes them as the stream's window allows.
final class HTTP2StreamOutlet: AttachedOutlet {
    private let connection: HTTP2ConnectionHandler
    private let exchange: HTTP2Exchange
    /// The exchange's stream: at hand, because each event asks for it.
    private let wire: HTTP2Stream
    private let queueLimit: Int
    private var stream: (shard: HubShard, id: StreamID)?
    /// Whether the hub has been told that there is no room, and waits to hear that there is.
    private var isAwaited = false

    init(_ exchange: HTTP2Exchange, on connection: HTTP2ConnectionHandler, queueLimit: Int) {
        self.exchange = exchange
        wire = exchange.stream
        self.connection = connection
        self.queueLimit = queueLimit
    }

    func belongs(to shard: HubShard, as id: StreamID) {
        stream = (shard, id)
    }

    /// A stream whose window is shut keeps what it is given, and so has no room soon; its neighbours do not notice.
    var hasRoom: Bool { connection.isWritable && wire.queuedBytes < queueLimit }

    // MARK: The hub's side

    var isWritable: Bool {
        if hasRoom { return true }
        if !isAwaited {
            isAwaited = true
            connection.awaitRoom(self)
        }
        return false
    }

    /// The stream's own, and its share of what the connection's socket has not taken.
    var pendingBytes: Int {
        hasRoom
            ? 0
            : EventCost.bytes(ofBuffers: wire.queuedBuffers, byteCount: wire.queuedBytes)
                + connection.bufferedBytesPerStream
    }

    func write(_ frame: EventFrame) {
        connection.write(frame.bytes, to: wire)
    }

    func flush() {
        connection.flush()
    }

    func end(_ reason: StreamEnd) {
        stream = nil
        guard reason.isOrderly else { return connection.cutOff(exchange) }
        if let word = reason.lastWord { write(word) }
        connection.finish(exchange)
    }

    // MARK: The connection's side

    /// Tells the hub that there is room again. Later calls do nothing until it has been refused once more.
    func roomCame() {
        guard isAwaited else { return }
        isAwaited = false
        if let (shard, id) = stream { shard.assumeIsolated { $0.becameWritable(id) } }
    }

    /// The stream has been closed, by the client or with its connection.
    func closed() {
        guard let (shard, id) = stream else { return }
        stream = nil
        shard.assumeIsolated { $0.detach(id) }
    }
}
