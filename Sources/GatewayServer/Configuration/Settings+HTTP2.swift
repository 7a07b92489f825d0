// The rows of `http2.…`. What a request may hold is the same over every version of HTTP, and stands with `limits.…`.

extension Settings {
    static let http2: [Setting] = [
        .number(
            "http2.streams", default: "100", 1...10_000,
            "requests and streams open at once on one connection; a browser's tabs share one",
            into: \.configuration.http2.streams),
        .size(
            "http2.stream_queue", default: "16KiB", (1 << 10)...(1 << 20),
            "bytes of one stream that wait for its window; beyond, they wait in `stream.buffer`",
            into: \.configuration.http2.streamQueue),
        .size(
            "http2.held_bodies", default: "4MiB", (64 << 10)...(1 << 30),
            "bytes of all unfinished request bodies of one connection; beyond, the client may send no more of them",
            into: \.configuration.http2.heldBodies),
        .size(
            "http2.held_answers", default: "256KiB", (1 << 10)...(1 << 30),
            "bytes of one connection's answers that its client does not take; beyond, no further body of its is answered",
            into: \.configuration.http2.heldAnswers),
        .number(
            "http2.resets", default: "200", 1...1_000_000,
            "streams that a client resets, or has reset by its mistakes, in 10 s; more end the connection",
            into: \.configuration.http2.resets),
        .number(
            "http2.cancellations", default: "1000", 1...1_000_000,
            "streams under way that a client closes in 10 s, such as a page loaded anew; more end the connection",
            into: \.configuration.http2.cancellations),
        .number(
            "http2.control_frames", default: "500", 1...1_000_000,
            "SETTINGS, PING, PRIORITY, unknown and empty frames in 10 s; more end the connection",
            into: \.configuration.http2.controlFrames),
        .number(
            "http2.window_updates", default: "1000", 1...1_000_000,
            "WINDOW_UPDATE frames in 10 s beside those that are due; more end the connection",
            into: \.configuration.http2.windowUpdates),
        .number(
            "http2.continuations", default: "8", 0...1000,
            "CONTINUATION frames of one request's head; more end the connection",
            into: \.configuration.http2.continuations),
        .time(
            "http2.ping_interval", default: "60s", .seconds(1)...(.seconds(3600)),
            "how long a connection with open streams may be silent before it is asked whether it is alive",
            into: \.configuration.http2.pingInterval),
        .time(
            "http2.ping_timeout", default: "20s", .milliseconds(100)...(.seconds(300)),
            "how long the answer to that may take; then the connection is closed",
            into: \.configuration.http2.pingTimeout),
    ]
}
