// What received bytes meant.

package import NIOCore

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
