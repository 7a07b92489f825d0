// One request and its response, as a handle: what the room above keeps of a stream, and what waits to be sent on it.

package import NIOCore

/// A stream of an ``HTTP2Session``. Confined to the session's event loop.
package final class HTTP2Stream {
    /// Its number on the wire (RFC 9113 §5.1.1).
    package let id: Int32
    /// Whether the stream is over, so that nothing can be sent on it.
    package internal(set) var isClosed = false
    /// Whether the response ends with what is in the queue.
    var isFinished = false
    /// Whether nghttp2 waits to be told that there is more to send.
    var isDeferred = false
    var queue = StreamQueue()
    /// For whoever serves the stream, which then needs no table of streams of its own.
    package var owner: AnyObject?
    /// Whether ``HTTP2Session/reset(_:_:)`` has ended it. It does so once, so that each reset is counted once.
    var isReset = false
    /// Whether a response's head has been given to nghttp2.
    var hasResponse = false
    /// Whether the room above has been told of it.
    var hasRequest = false
    /// Bytes of the body that the connection has not been credited for.
    var uncredited = 0
    /// Whether the client's side is complete.
    var isRequestComplete = false

    init(id: Int32) {
        self.id = id
    }

    /// Bytes that were given to the session and not sent yet: what windows and the socket leave waiting.
    package var queuedBytes: Int { queue.byteCount }
    /// How many buffers hold them.
    package var queuedBuffers: Int { queue.count }
}

// What a client did, as the session understood it from its bytes.

/// One thing that a client did. Events come in the client's order.
package enum HTTP2Event {
    /// A request's head is complete.
    case request(HTTP2Stream, HTTP2RequestHead)
    /// A piece of a body. Whoever takes it credits it: ``HTTP2Stream/credit(_:)``.
    case data(HTTP2Stream, ByteBuffer)
    /// The body is complete.
    case end(HTTP2Stream)
    /// The response is sent, and the client is still sending its request.
    case responded(HTTP2Stream)
    /// The stream is over, whichever side ended it.
    case closed(HTTP2Stream, WireErrorCode)
    /// The answer to ``HTTP2Session/ping()``.
    case pong
}
