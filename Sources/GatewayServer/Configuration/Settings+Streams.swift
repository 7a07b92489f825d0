// The rows of `stream.…` and `log.…`.

extension Settings {
    static let streams: [Setting] = [
        .time(
            "stream.heartbeat", .milliseconds(100)...(.seconds(3600)), reload: .atOnce,
            "a stream with nothing to say for this long gets a comment line; keep it below your proxies' idle time",
            into: \.configuration.stream.heartbeat),
        .time(
            "stream.retry", .milliseconds(100)...(.seconds(3600)), reload: .atOnce,
            "the shortest wait that clients are told before they reconnect (`retry:`)",
            into: \.configuration.stream.retry),
        .number(
            "stream.reconnects", 1...10_000_000, reload: .atOnce,
            "clients that may reconnect per second when all do: waits grow with the number of open streams, at random",
            into: \.configuration.stream.reconnects),
        .size(
            "stream.buffer", (4 << 10)...(64 << 20), reload: .newStreams,
            "memory of the events that wait for one slow reader; when they do not fit, `stream.overflow` says what happens",
            into: \.configuration.stream.buffer),
        .choice(
            "stream.overflow", reload: .atOnce,
            "what becomes of a stream whose buffer is full: it reads on from the event log, or is ended and resumes",
            into: \.configuration.stream.overflow),
        .time(
            "stream.behind_limit", .seconds(1)...(.seconds(24 * 3600)), reload: .atOnce,
            "a stream that takes longer to catch up with the log is ended and resumes, unless the log is what is slow",
            into: \.configuration.stream.behindLimit),
        .size(
            "stream.buffer_total", (1 << 20)...(1 << 40), reload: .atOnce,
            "memory of what waits for all slow readers; beyond, the furthest behind let go of it and read the log later",
            into: \.configuration.stream.bufferTotal),
        .toggle(
            "stream.request_field", reload: .restart,
            "each event has a field `request`, the `X-Request-Id` of its publish; browsers pass over it, programs can read it",
            into: \.configuration.stream.requestField),
    ]

    static let presence: [Setting] = [
        .topics(
            "presence.topics", reload: .atOnce,
            "topics whose subscribers are told of each other by `sluice.presence`, as `room/*`; none, unless they are named",
            into: \.configuration.presence.topics),
        .time(
            "presence.debounce", .milliseconds(100)...(.seconds(300)), reload: .atOnce,
            "who is away for less has not left; and a topic has at most one such event in this time",
            into: \.configuration.presence.debounce),
        .number(
            "presence.members", 0...1000, reload: .atOnce,
            "users of a topic that are told by name; when there are more, only their number is, and with 0 always",
            into: \.configuration.presence.members),
        .size(
            "presence.bytes", (64 << 10)...(64 << 30), reload: .atOnce,
            "what the users of these topics take up, about 450 bytes each; further streams are not counted, nor told",
            into: \.configuration.presence.bytes),
    ]

    static let log: [Setting] = [
        .choice(
            "log.kind", reload: .restart,
            "where events are kept: `memory` forgets them at a restart, `sqlite` does not, `jetstream` serves several gateways",
            into: \.configuration.log.kind),
        .optional(
            "log.path", type: "path", reload: .restart,
            "the file of the `sqlite` log; four more are kept beside it",
            into: \.configuration.log.path),
        .choice(
            "log.durability", reload: .restart,
            "what a publisher's answer waits for: `full` survives power loss; with `sqlite`, `normal` the death of the process; with `jetstream`, `replicated` the loss of a server",
            into: \.configuration.log.durability),
        .size(
            "log.retention.bytes", (64 << 10)...(64 << 30), reload: .restart,
            "bytes of past events that are kept for replay, their places in the index included; the oldest make room",
            into: \.configuration.log.retentionBytes),
        .number(
            "log.retention.events", 1...1_000_000_000, reload: .restart,
            "past events that are kept for replay; the oldest make room",
            into: \.configuration.log.retentionEvents),
        .time(
            "log.retention.age", .seconds(1)...(.seconds(3650 * 24 * 3600)), reload: .restart,
            "for how long past events are kept for replay", into: \.configuration.log.retentionAge),
        .time(
            "log.retention.share_age", .zero...(.seconds(24 * 3600)), reload: .restart,
            "for so long no publisher pushes out events of one that has less than half as much; beside another it may write half of `log.retention.bytes` in that time, then it gets 429; 0 lifts it",
            into: \.configuration.log.shareAge),
        .time(
            "log.stale_after", .milliseconds(100)...(.seconds(3600)), reload: .restart,
            "streams are told `sluice.delayed` when the gateway has been cut off from its log for this long",
            into: \.configuration.log.staleAfter),
    ]
}

// The rows of `session.…`.

extension Settings {
    static let sessions: [Setting] = [
        .choice(
            "session.same_site", reload: .atOnce,
            "`SameSite` of the session cookie; `none` is for pages of another site, and adds `Partitioned`",
            into: \.configuration.session.sameSite),
        .time(
            "session.expiry_notice", .seconds(1)...(.seconds(3600)), reload: .newStreams,
            "how long before its token ends a stream gets `sluice.expiring`; at the earliest at half of its time",
            into: \.configuration.session.expiryNotice),
        .size(
            "session.kept_bytes", (256 << 10)...(64 << 30), reload: .restart,
            "what is kept of tokens that fit no cookie: about 1 KB each, and their grants; beyond, signing in gets 503",
            into: \.configuration.session.keptBytes),
        .number(
            "session.kept_per_user", 1...1000, reload: .restart,
            "such sessions of one user, in a quarter of these bytes; one more, and the user's own that ends first goes",
            into: \.configuration.session.keptPerUser),
    ]
}
