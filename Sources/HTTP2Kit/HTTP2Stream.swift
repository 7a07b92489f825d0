// One request and its response, as a handle: what the room above keeps of a stream, and what waits to be sent on it.

package import NIOCore

/// A stream of an ``HTTP2Session``. Confined to the session's event loop.
package final class HTTP2Stream {
    /// Its number on the wire (RFC 9113 §5.1.1).
    package let id: Int32
    /// Whether it is over: nothing can be sent any more.
    package internal(set) var isClosed = false
    /// Whether the queue is the last that is sent.
    var isFinished = false
    /// Whether nghttp2 waits to be told that there is more to send.
    var isDeferred = false
    var queue = StreamQueue()
    /// Whoever serves the stream may leave a note here, so that it need not keep a table beside the session's.
    package var owner: AnyObject?
    /// Whether it has been ended by ``HTTP2Session/reset(_:_:)``: once, so that each is counted once.
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
    /// In how many buffers they are.
    package var queuedBuffers: Int { queue.count }
}

// What received bytes meant.

/// Something that a client did, in the order it did it.
package enum HTTP2Event {
    /// A request's head is complete.
    case request(HTTP2Stream, HTTP2RequestHead)
    /// A piece of a body. It is to be credited when it has been taken: ``HTTP2Stream/credit(_:)``.
    case data(HTTP2Stream, ByteBuffer)
    /// The body is complete.
    case end(HTTP2Stream)
    /// The response is sent, and the client is still sending its request.
    case responded(HTTP2Stream)
    /// The stream is over, by whichever side.
    case closed(HTTP2Stream, WireErrorCode)
    /// The answer to ``HTTP2Session/ping()``.
    case pong
}
