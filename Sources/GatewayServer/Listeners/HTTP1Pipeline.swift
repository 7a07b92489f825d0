// The handlers of an HTTP/1.1 connection, the same for both listeners.

internal import GatewayHTTP
internal import NIOCore

/// What a listener's HTTP/1.1 connections have in common.
struct HTTP1Pipeline: Sendable {
    let judge: any RequestJudge
    let times: ConnectionTimes
    /// How many bytes a request's head may have.
    let headBytes: Int
    /// What all connections hold together.
    let account: ByteAccount
    let metrics: any HTTPMetrics
    let date: DateField

    /// The same for connections that are too many: they are told so, and have little time.
    func turningAway(_ judge: any RequestJudge) -> HTTP1Pipeline {
        HTTP1Pipeline(
            judge: judge,
            times: ConnectionTimes(head: min(times.head, .seconds(2)), body: .seconds(1), idle: .seconds(1)),
            headBytes: headBytes, account: account, metrics: metrics, date: date)
    }

    /// Adds the handlers at the pipeline's end. On the channel's event loop.
    ///
    /// - Parameter sink: the handler at its end so far, if event streams may write to it past the pipeline.
    func add(
        to pipeline: ChannelPipeline.SynchronousOperations, peer: Peer, behind sink: (any WriteSink)? = nil
    ) throws {
        try pipeline.addHTTP1(headBytes: headBytes) { decoder in
            HTTP1ConnectionHandler(
                judge: judge, peer: peer, times: times, headLimit: headBytes, account: account, metrics: metrics,
                date: date, decoder: decoder, sink: sink)
        }
    }
}
