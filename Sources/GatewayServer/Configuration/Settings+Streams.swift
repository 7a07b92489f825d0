// The rows of `stream.…` and `log.…`.

extension Settings {
    static let streams: [Setting] = [
        .time(
            "stream.heartbeat", default: "15s", .milliseconds(100)...(.seconds(3600)),
            "a stream with nothing to say for this long gets a comment line; keep it below your proxies' idle time",
            into: \.configuration.stream.heartbeat),
        .time(
            "stream.retry", default: "3s", .milliseconds(100)...(.seconds(3600)),
            "the shortest wait that clients are told before they reconnect (`retry:`)",
            into: \.configuration.stream.retry),
        .number(
            "stream.reconnects", default: "5000", 1...10_000_000,
            "clients that may reconnect per second when all do: waits grow with the number of open streams, at random",
            into: \.configuration.stream.reconnects),
        .size(
            "stream.buffer", default: "64KiB", (4 << 10)...(64 << 20),
            "memory of the events that wait for one slow reader; when they do not fit, `stream.overflow` says what happens",
            into: \.configuration.stream.buffer),
        .choice(
            "stream.overflow", default: "catch-up",
            "what becomes of a stream whose buffer is full: it reads on from the event log, or is ended and resumes",
            into: \.configuration.stream.overflow),
        .time(
            "stream.behind_limit", default: "10m", .seconds(1)...(.seconds(24 * 3600)),
            "a stream that reads the log for this long without catching up is ended; its client resumes",
            into: \.configuration.stream.behindLimit),
        .size(
            "stream.buffer_total", default: "256MiB", (1 << 20)...(1 << 40),
            "memory of what waits for all slow readers; beyond, the furthest behind let go of it and read the log later",
            into: \.configuration.stream.bufferTotal),
    ]

    static let log: [Setting] = [
        .choice(
            "log.kind", default: "memory",
            "where events are kept: `memory` forgets them at a restart, `sqlite` does not",
            into: \.configuration.log.kind),
        .optional(
            "log.path", type: "path", "the file of the `sqlite` log; four more are kept beside it",
            into: \.configuration.log.path),
        .choice(
            "log.durability", default: "full",
            "what a publisher's answer waits for: `full` survives power loss, `normal` the death of the process",
            into: \.configuration.log.durability),
        .size(
            "log.retention.bytes", default: "64MiB", (64 << 10)...(64 << 30),
            "bytes of past events that are kept for replay, their places in the index included; the oldest make room",
            into: \.configuration.log.retentionBytes),
        .number(
            "log.retention.events", default: "1000000", 1...1_000_000_000,
            "past events that are kept for replay; the oldest make room",
            into: \.configuration.log.retentionEvents),
        .time(
            "log.retention.age", default: "7d", .seconds(1)...(.seconds(3650 * 24 * 3600)),
            "for how long past events are kept for replay", into: \.configuration.log.retentionAge),
        .time(
            "log.stale_after", default: "5s", .milliseconds(100)...(.seconds(3600)),
            "streams are told `sluice.delayed` when the gateway has been cut off from its log for this long",
            into: \.configuration.log.staleAfter),
    ]
}
