// The rows of `log.jetstream.…`.

extension Settings {
    static let jetStream: [Setting] = [
        .servers(
            "log.jetstream.servers", reload: .restart,
            "NATS servers to begin with, as `nats://host:4222`; with `tls://` nothing is said without TLS",
            into: \.configuration.log.jetStream.servers),
        .monitors(
            "log.jetstream.monitor", reload: .restart,
            "monitoring URL of each NATS server, as `http://host:8222`: `log.durability: full` is believed by these",
            into: \.configuration.log.jetStream.monitors),
        .streamName(
            "log.jetstream.stream", reload: .restart,
            "the stream that holds the events; a second one, with `_state` behind the name, holds revocations and sessions",
            into: \.configuration.log.jetStream.stream),
        .number(
            "log.jetstream.replicas", 1...5, reload: .restart,
            "NATS servers that hold each event; with 3 one of them may be lost",
            into: \.configuration.log.jetStream.replicas),
        .toggle(
            "log.jetstream.create", reload: .restart,
            "make the streams at the start when there are none; otherwise `sluice log create` does",
            into: \.configuration.log.jetStream.mayCreate),
        .optional(
            "log.jetstream.ca", type: "path", reload: .restart,
            "PEM file of the authorities of the servers' certificates; unset, the system's",
            into: \.configuration.log.jetStream.ca),
        .toggle(
            "log.jetstream.tls_first", reload: .restart,
            "begin TLS before the server's first line, for servers with `handshake_first: true` in their `tls` block",
            into: \.configuration.log.jetStream.isTLSFirst),
        .optional(
            "log.jetstream.certificate", type: "path", reload: .restart,
            "PEM file of the certificate that this gateway shows to the servers",
            into: \.configuration.log.jetStream.certificate),
        .optional(
            "log.jetstream.key", type: "path", isSecret: true, reload: .restart,
            "PEM file of that certificate's key", into: \.configuration.log.jetStream.key),
        .optional(
            "log.jetstream.credentials", type: "path", isSecret: true, reload: .restart,
            "credentials file (`.creds`), or a file with an NKey's seed; read for each connection",
            into: \.configuration.log.jetStream.credentials),
        .optional(
            "log.jetstream.user", type: "text", reload: .restart,
            "user at the servers, with `log.jetstream.password_file`", into: \.configuration.log.jetStream.user),
        .optional(
            "log.jetstream.password_file", type: "path", isSecret: true, reload: .restart,
            "file with the user's password; without `log.jetstream.user`, with a token; read for each connection",
            into: \.configuration.log.jetStream.passwordFile),
        .time(
            "log.jetstream.give_up", .zero...(.seconds(24 * 3600)), reload: .restart,
            "a node that is cut off from NATS for this long ends its streams, spread out, so that they find another; 0 never",
            into: \.configuration.log.jetStream.giveUp),
        .size(
            "log.jetstream.window_bytes", (1 << 20)...(64 << 30), reload: .restart,
            "memory of the newest events, from which nearly all streams resume; older ones are read from NATS",
            into: \.configuration.log.jetStream.windowBytes),
        .size(
            "log.jetstream.presence_bytes", (1 << 20)...(64 << 30), reload: .restart,
            "memory of other gateways' users and topics, some 150 bytes each, 500 in `presence.topics`; what is more is not counted",
            into: \.configuration.log.jetStream.presenceBytes),
    ]
}
