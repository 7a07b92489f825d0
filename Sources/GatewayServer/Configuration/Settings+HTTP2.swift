// The rows of `http2.…`. What a request may hold is the same over every version of HTTP, and stands with `limits.…`.

extension Settings {
    static let http2: [Setting] = [
        .number(
            "http2.streams", 1...10_000, reload: .newConnections,
            "requests and streams open at once on one connection; a browser's tabs share one",
            into: \.configuration.http2.streams),
        .size(
            "http2.stream_queue", (1 << 10)...(1 << 20), reload: .newConnections,
            "bytes of one stream that wait for its window; beyond, they wait in `stream.buffer`",
            into: \.configuration.http2.streamQueue),
        .size(
            "http2.held_bodies", (64 << 10)...(1 << 30), reload: .newConnections,
            "bytes of all unfinished request bodies of one connection; beyond, the client may send no more of them",
            into: \.configuration.http2.heldBodies),
        .size(
            "http2.held_answers", (1 << 10)...(1 << 30), reload: .newConnections,
            "bytes of one connection's answers that its client does not take; beyond, no further body of its is answered",
            into: \.configuration.http2.heldAnswers),
        .number(
            "http2.resets", 1...1_000_000, reload: .newConnections,
            "streams that a client resets, or has reset by its mistakes, in 10 s; more end the connection",
            into: \.configuration.http2.resets),
        .number(
            "http2.cancellations", 1...1_000_000, reload: .newConnections,
            "streams under way that a client closes in 10 s, such as a page loaded anew; more end the connection",
            into: \.configuration.http2.cancellations),
        .number(
            "http2.control_frames", 1...1_000_000, reload: .newConnections,
            "SETTINGS, PING, PRIORITY, unknown and empty frames in 10 s; more end the connection",
            into: \.configuration.http2.controlFrames),
        .number(
            "http2.window_updates", 1...1_000_000, reload: .newConnections,
            "WINDOW_UPDATE frames in 10 s beside those that are due; more end the connection",
            into: \.configuration.http2.windowUpdates),
        .number(
            "http2.continuations", 0...1000, reload: .newConnections,
            "CONTINUATION frames of one request's head; more end the connection",
            into: \.configuration.http2.continuations),
        .time(
            "http2.ping_interval", .seconds(1)...(.seconds(3600)), reload: .newConnections,
            "how long a connection with open streams may be silent before it is asked whether it is alive",
            into: \.configuration.http2.pingInterval),
        .time(
            "http2.ping_timeout", .milliseconds(100)...(.seconds(300)), reload: .newConnections,
            "how long the answer to that may take; then the connection is closed",
            into: \.configuration.http2.pingTimeout),
    ]
}
