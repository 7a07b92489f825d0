// An open event stream on an HTTP/2 connection. Knows its own queue; the connection knows the socket.

package import DeliveryPath
package import EventLog
internal import HTTP2Kit
internal import NIOCore

/// Puts frames into a stream's queue, from where the connection takes them as the stream's window allows.
package final class HTTP2StreamOutlet {
    private let connection: HTTP2ConnectionHandler
    private let exchange: HTTP2Exchange
    /// The exchange's stream: at hand, because each event asks for it.
    private let wire: HTTP2Stream
    private let queueLimit: Int
    /// Who writes; nobody once it is over.
    var source: (any StreamSource)?
    /// Whether the writer has been told that there is no room, and waits to hear that there is.
    private var isAwaited = false

    init(_ exchange: HTTP2Exchange, on connection: HTTP2ConnectionHandler, queueLimit: Int) {
        self.exchange = exchange
        wire = exchange.stream
        self.connection = connection
        self.queueLimit = queueLimit
    }

    /// A stream whose window is shut keeps what it is given, and so has no room soon; its neighbours do not notice.
    var hasRoom: Bool { connection.isWritable && wire.queuedBytes < queueLimit }

    // MARK: The writer's side

    /// What an event passes on its way to the socket.
    package var path: DeliveryPath {
        var path = DeliveryPath()
        path.add(self)
        path.add(wire)
        connection.join(&path)
        return path
    }

    /// Whether what is written now goes to the socket soon.
    package var isWritable: Bool {
        if hasRoom { return true }
        if !isAwaited {
            isAwaited = true
            connection.awaitRoom(self)
        }
        return false
    }

    /// The stream's own, and its share of what the connection's socket has not taken.
    package var pendingBytes: Int {
        hasRoom
            ? 0
            : EventCost.bytes(ofBuffers: wire.queuedBuffers, byteCount: wire.queuedBytes)
                + connection.bufferedBytesPerStream
    }

    /// The stream's own in its queue, and those of its connection that the other end's machine has not acknowledged;
    /// nothing where nobody knows.
    package var unacknowledgedBytes: Int? { connection.sink.unacknowledgedBytes.map { $0 + wire.queuedBytes } }

    package func write(_ frame: EventFrame) {
        connection.write(frame.bytes, to: wire)
    }

    package func flush() {
        connection.flush()
    }

    package func writeAndFlush(_ frame: EventFrame) {
        connection.writeAndFlush(frame.bytes, to: wire)
    }

    /// Ends the response. No call in either direction follows.
    ///
    /// - Parameters:
    ///   - isOrderly: whether the client can be expected to read its end.
    ///   - lastWord: what it reads before.
    package func end(isOrderly: Bool, lastWord: EventFrame?) {
        source = nil
        guard isOrderly else { return connection.cutOff(exchange) }
        if let lastWord { write(lastWord) }
        connection.finish(exchange)
    }

    // MARK: The connection's side

    /// Tells the writer that there is room again. Later calls do nothing until it has been refused once more.
    func roomCame() {
        guard isAwaited else { return }
        isAwaited = false
        source?.becameWritable()
    }

    /// The stream has been closed, by the client or with its connection.
    func closed() {
        source.take()?.closed()
    }
}
