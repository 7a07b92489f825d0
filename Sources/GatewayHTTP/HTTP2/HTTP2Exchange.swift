// What is kept of one request while it is served. State only: its machine decides, the connection's handler acts.

internal import HTTP2Kit
internal import NIOCore

/// One request of an HTTP/2 connection, from its head until its stream is closed.
final class HTTP2Exchange {
    let stream: HTTP2Stream
    let isHead: Bool
    var machine = HTTP2RequestStateMachine()
    var plan: BodyPlan?
    var body = ByteBuffer()
    var outlet: HTTP2StreamOutlet?

    init(_ stream: HTTP2Stream, isHead: Bool) {
        self.stream = stream
        self.isHead = isHead
    }
}
