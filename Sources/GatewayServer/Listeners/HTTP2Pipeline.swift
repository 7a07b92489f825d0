// The handler of an HTTP/2 connection: one, right behind TLS.

internal import GatewayHTTP
internal import HTTP2Kit
internal import NIOCore

/// What the public listener's HTTP/2 connections have in common.
struct HTTP2Pipeline: Sendable {
    /// Rules, times and metrics, which no version of HTTP changes.
    let http1: HTTP1Pipeline
    let limits: HTTP2Limits
    let loops: LoopResources

    /// Adds the handler at the pipeline's end. On the channel's event loop.
    ///
    /// - Parameter sink: the handler at its end so far, which takes writes past the pipeline.
    func add(
        to pipeline: ChannelPipeline.SynchronousOperations, peer: Peer, behind sink: any WriteSink,
        on eventLoop: any EventLoop
    ) throws {
        try pipeline.addHandler(
            HTTP2ConnectionHandler(
                judge: http1.judge, peer: peer, times: http1.times, limits: limits,
                account: http1.account, output: loops.output(on: eventLoop), metrics: http1.metrics, date: http1.date,
                sink: sink, on: eventLoop))
    }
}
