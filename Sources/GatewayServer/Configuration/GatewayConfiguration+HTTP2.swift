// `http2.…`: what one HTTP/2 connection may cost, and how a silent one is found to be dead. Who enforces it is
// HTTP2Kit.

extension GatewayConfiguration {
    /// `http2.…`: what one HTTP/2 connection may cost.
    package struct HTTP2: Sendable, Equatable {
        /// Requests and streams open at once.
        package var streams = 100
        /// Bytes of one event stream that wait for its window.
        var streamQueue = 16 * 1024
        /// Bytes that the bodies of all requests may hold together.
        var heldBodies = 4 * 1024 * 1024
        /// Bytes of answers that wait to be taken before no further body is answered.
        var heldAnswers = 256 * 1024
        /// Streams that a client may reset, or have reset by its mistakes, in ten seconds.
        package var resets = 200
        /// Responses under way that a client may close, in ten seconds.
        package var cancellations = 1000
        /// Frames that ask for work and bring nothing, in ten seconds.
        package var controlFrames = 500
        /// WINDOW_UPDATE frames in ten seconds, beside those that are due.
        package var windowUpdates = 1000
        /// CONTINUATION frames behind one HEADERS.
        package var continuations = 8
        /// How long a connection with open streams may be silent before it is asked whether it is alive.
        var pingInterval: Duration = .seconds(60)
        /// How long the answer to that may take.
        var pingTimeout: Duration = .seconds(20)

        package init() {}
    }
}
