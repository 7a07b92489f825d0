// The handlers of an HTTP connection: the one place that puts them together, for every listener and for the tests.

package import HTTP2Kit
package import NIOCore

/// What a listener's connections have in common.
package struct HTTPPipeline: Sendable {
    private let judge: any RequestJudge
    private let times: ConnectionTimes
    private let headBytes: Int
    private let account: ByteAccount
    private let metrics: any HTTPMetrics
    private let date: DateField

    /// - Parameters:
    ///   - judge: the listener's rules.
    ///   - times: its connections' deadlines.
    ///   - headBytes: how many bytes a request's head may have over HTTP/1.1; ``HTTP2Limits`` says it for HTTP/2.
    ///   - account: what all connections hold together.
    ///   - metrics: told of each refusal.
    ///   - date: what the answers' `Date` says.
    package init(
        judge: any RequestJudge, times: ConnectionTimes, headBytes: Int, account: ByteAccount = .unlimited,
        metrics: any HTTPMetrics, date: DateField
    ) {
        self.judge = judge
        self.times = times
        self.headBytes = headBytes
        self.account = account
        self.metrics = metrics
        self.date = date
    }

    /// The same for connections that are too many: they are told so, and have little time.
    package func turningAway(_ judge: any RequestJudge) -> HTTPPipeline {
        HTTPPipeline(
            judge: judge,
            times: ConnectionTimes(head: min(times.head, .seconds(2)), body: .seconds(1), idle: .seconds(1)),
            headBytes: headBytes, account: account, metrics: metrics, date: date)
    }

    /// Adds HTTP/1.1 at a pipeline's end. On the channel's event loop.
    ///
    /// - Parameters:
    ///   - peer: who is at the other end.
    ///   - sink: the handler at the pipeline's end so far, if event streams may write to it past the pipeline.
    ///   - turns: the event loop's. Nothing for a connection that shares its loop with no others that matter.
    package func addHTTP1(
        to pipeline: ChannelPipeline.SynchronousOperations, peer: Peer, behind sink: (any WriteSink)? = nil,
        turns: LoopTurns? = nil
    ) throws {
        let gate = RequestGate()
        let decoder = RequestDecoder(headBytes: headBytes, gate: gate)
        try pipeline.addHandlers([
            gate, ByteToMessageHandler(decoder, maximumBufferSize: headBytes),
            HTTP1ConnectionHandler(
                judge: judge, peer: peer, times: times, headLimit: headBytes, account: account, metrics: metrics,
                date: date, decoder: decoder, gate: gate, turns: turns ?? LoopTurns(on: pipeline.eventLoop),
                sink: sink),
        ])
    }

    /// Adds HTTP/2 at a pipeline's end: one handler. On the channel's event loop.
    ///
    /// - Parameters:
    ///   - peer: who is at the other end.
    ///   - sink: the handler at the pipeline's end so far, which takes writes past the pipeline.
    ///   - limits: what the connection may cost.
    ///   - output: the event loop's working memory.
    ///   - turns: the event loop's, as over HTTP/1.1.
    package func addHTTP2(
        to pipeline: ChannelPipeline.SynchronousOperations, peer: Peer, behind sink: any WriteSink,
        limits: HTTP2Limits, output: HTTP2Output, turns: LoopTurns? = nil
    ) throws {
        let eventLoop = pipeline.eventLoop
        try pipeline.addHandler(
            HTTP2ConnectionHandler(
                judge: judge, peer: peer, times: times, limits: limits, account: account, output: output,
                metrics: metrics, date: date, sink: sink, turns: turns ?? LoopTurns(on: eventLoop), on: eventLoop))
    }
}
