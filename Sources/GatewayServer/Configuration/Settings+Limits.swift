// The rows of `limits.…`: for everything that a peer can make grow, how far it may, and what happens then.

extension Settings {
    static let limits: [Setting] = [
        .number(
            "limits.connections", 1...10_000_000, reload: .atOnce,
            "open connections of the public listener; further ones are turned away",
            into: \.configuration.limits.connections),
        .number(
            "limits.strangers", 1...10_000_000, reload: .atOnce,
            "how many of them may have shown no good token yet, at most half; the oldest makes way for one more",
            into: \.configuration.limits.strangers),
        .time(
            "limits.stranger_lifetime", .seconds(1)...(.seconds(3600)), reload: .atOnce,
            "how long a connection may go without a good token, whatever else it sends; then it has a second to end",
            into: \.configuration.limits.strangerLifetime),
        .number(
            "limits.turned_away", 0...1_000_000, reload: .atOnce,
            "connections beyond `limits.connections`; streams get 200, `retry:` and an end, and the oldest makes way",
            into: \.configuration.limits.turnedAway),
        .number(
            "limits.streams", 1...10_000_000, reload: .atOnce,
            "open streams; further ones are told `sluice.rejected` and to retry", into: \.configuration.limits.streams),
        .number(
            "limits.streams_per_user", 1...1_000_000, reload: .atOnce,
            "open streams of one user; further ones are told `sluice.rejected`",
            into: \.configuration.limits.streamsPerUser),
        .number(
            "limits.topics_per_stream", 0...1024, reload: .atOnce,
            "topics of one stream; a request for more is answered 400",
            into: \.configuration.limits.topicsPerStream),
        .size(
            "limits.request_head", (1 << 10)...(1 << 20), reload: .newConnections,
            "request line and header fields; a longer head is answered 431", into: \.configuration.limits.requestHead),
        .size(
            "limits.request_body", (1 << 10)...(1 << 30), reload: .atOnce,
            "a longer request body is answered 413; room for any one event that the limits below allow",
            into: \.configuration.limits.requestBody),
        .size(
            "limits.event", 256...(16 << 20), reload: .atOnce,
            "data of one event, as its stream gets it; longer data is refused",
            into: \.configuration.limits.event),
        .number(
            "limits.batch_events", 1...1_000_000, reload: .atOnce,
            "events of one NDJSON publish; more are refused",
            into: \.configuration.limits.batchEvents),
        .number(
            "limits.users_per_event", 1...1_000_000, reload: .atOnce,
            "users that one event names; an event with more is refused", into: \.configuration.limits.usersPerEvent),
        .time(
            "limits.head_timeout", .milliseconds(100)...(.seconds(300)), reload: .newConnections,
            "from a request's first byte to the end of its head; then it is answered 408 and closed",
            into: \.configuration.limits.headTimeout),
        .time(
            "limits.body_timeout", .milliseconds(100)...(.seconds(3600)), reload: .newConnections,
            "from the end of a request's head to the end of its body; then it is answered 408 and closed",
            into: \.configuration.limits.bodyTimeout),
        .time(
            "limits.idle_timeout", .milliseconds(100)...(.seconds(3600)), reload: .newConnections,
            "how long a connection without a request stays open", into: \.configuration.limits.idleTimeout),
        .size(
            "limits.write_buffer", (4 << 10)...(64 << 20), reload: .newConnections,
            "ciphertext of one connection that awaits its socket; beyond, its streams wait in `stream.buffer`",
            into: \.configuration.limits.writeBuffer),
        .size(
            "limits.send_buffer", (4 << 10)...(64 << 20), reload: .restart,
            "what the kernel holds for one connection (`SO_SNDBUF`; Linux counts its own bookkeeping twice)",
            into: \.configuration.limits.sendBuffer),
        .size(
            "limits.unsent", (4 << 10)...(64 << 20), reload: .restart,
            "what of it may not have been sent yet (`TCP_NOTSENT_LOWAT`): a stalled reader is noticed this early",
            into: \.configuration.limits.unsent),
        .time(
            "limits.unacknowledged", .seconds(1)...(.seconds(24 * 3600)), reload: .restart,
            "how long a client may take nothing of what it was sent (`TCP_USER_TIMEOUT`); then it is gone",
            into: \.configuration.limits.unacknowledged),
        .size(
            "limits.held", (1 << 20)...(1 << 40), reload: .atOnce,
            "bodies, untaken answers and frames of all connections, a quarter for those without a good token; beyond, 503",
            into: \.configuration.limits.held),
        .number(
            "limits.publish_keys", 1...100_000_000, reload: .restart,
            "`Idempotency-Key`s that are known; one more, and the publisher with most of them loses its oldest",
            into: \.configuration.limits.publishKeys),
        .size(
            "limits.publish_key_bytes", (64 << 10)...(64 << 30), reload: .restart,
            "what these keys take up, about 700 bytes each and a byte per event; what happens beyond is the same",
            into: \.configuration.limits.publishKeyBytes),
        .number(
            "limits.revocations", 1...10_000_000, reload: .restart,
            "revocations in force; one more is refused, and none is forgotten before its time",
            into: \.configuration.limits.revocations),
        .size(
            "limits.revocation_bytes", (64 << 10)...(64 << 30), reload: .restart,
            "what these take up, about 350 bytes each; what happens beyond is the same",
            into: \.configuration.limits.revocationBytes),
        .number(
            "limits.per_address.connections", 0...10_000_000, reload: .newConnections,
            "open connections of one IPv4 address or IPv6 /64; further ones are closed before TLS; 0 is no limit",
            into: \.configuration.limits.connectionsPerAddress),
        .number(
            "limits.per_address.handshakes", 0...1_000_000, reload: .newConnections,
            "connections a second that one address may make, ten times as many at once; 0 is no limit",
            into: \.configuration.limits.handshakesPerAddress),
        .networks(
            "limits.per_address.exempt", reload: .newConnections,
            "whose connections these two do not count, beside `listen.forwarded.from`: proxies",
            into: \.configuration.limits.exemptAddresses),
        .number(
            "limits.per_publisher.events", 0...100_000_000, reload: .atOnce,
            "events a second of one token's `sub`, twice as many at once; then 429 and `Retry-After`; 0 is no limit",
            into: \.configuration.limits.eventsPerPublisher),
        .size(
            "limits.per_publisher.bytes", 0...(1 << 40), reload: .atOnce,
            "bytes of publish bodies a second of one token's `sub`, twice as many at once; then 429; 0 is no limit",
            into: \.configuration.limits.bytesPerPublisher),
        .number(
            "limits.streams_opened_per_user", 0...100_000_000, reload: .atOnce,
            "streams a minute that one user opens, at least `limits.streams_per_user`; then `sluice.rejected`; 0 is no limit",
            into: \.configuration.limits.streamsOpenedPerUser),
        .number(
            "limits.sign_ins_per_user", 0...100_000_000, reload: .atOnce,
            "sign-ins a minute of one user with tokens that fit no cookie; then 429 and `Retry-After`. With a log that gateways share, sign-outs count, too; as many sessions that go on are told to the others, and no more. 0 is no limit",
            into: \.configuration.limits.signInsPerUser),
    ]
}
