// The state of one request while it is served. Its machine decides, and the connection's handler acts.

internal import HTTP2Kit
internal import HTTPTypes
internal import NIOCore
internal import PeerText

/// One request of an HTTP/2 connection, from its head until its stream is closed.
final class HTTP2Exchange {
    let stream: HTTP2Stream
    let isHead: Bool
    var machine = HTTP2RequestStateMachine()
    var plan: BodyPlan?
    /// What it waits for before it is judged anew.
    var postponement: Postponement?
    var body = ByteBuffer()
    /// Bytes of a body that whoever answers it looks at.
    var bodyInUse = 0
    /// Bytes of the process's account that it has.
    var heldBytes = 0
    /// Bytes of it that are an answer.
    var answerBytes = 0
    /// Whether the connection ends behind its answer.
    var isLast = false
    var outlet: HTTP2StreamOutlet?
    /// What was asked, until it is answered, and whose it is and from where, if that is known: for who asks why it was
    /// refused.
    var asking: (request: HTTPRequest, user: String?, address: ClientAddress?)?
    /// What it is called; nothing where the listener's rules name no requests.
    var requestID: RequestID?

    /// What a request counts for beside its body and its answer: its objects here and in nghttp2, and the response's
    /// head.
    static let overhead = 2048

    init(_ stream: HTTP2Stream, isHead: Bool) {
        self.stream = stream
        self.isHead = isHead
    }
}
