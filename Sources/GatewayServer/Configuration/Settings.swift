// The settings' table: every key that there is. A new key is a new row here and a property of `GatewayConfiguration`;
// help, article, example file and loading follow.

import KeySources
import Logging
import TokenAuth

/// Every configuration key, in the order in which they are documented.
package enum Settings {
    /// All rows, in the order of the documentation.
    package static let all: [Setting] =
        listeners + identity + sessions + probes + streams + presence + log + jetStream + limits + http2 + process

    private static let listeners: [Setting] = [
        .address(
            "listen.address", reload: .restart,
            "IP address of the public HTTPS listener; `::` takes IPv6 and IPv4",
            into: \.configuration.listen.address),
        .number(
            "listen.port", 0...65535, type: "port", reload: .restart,
            "TCP port of the public HTTPS listener; 0 lets the system choose one, which is logged",
            into: \.configuration.listen.port),
        .number(
            "listen.event_loops", 0...1024, reload: .restart,
            "event loops that serve connections; 0 is one per core",
            into: \.configuration.listen.eventLoops),
        .networks(
            "listen.proxy_protocol.from", reload: .newConnections,
            "proxies whose connections begin with the PROXY protocol's header, version 1 or 2; from them it is required",
            into: \.configuration.listen.proxyProtocolFrom),
        .networks(
            "listen.forwarded.from", reload: .atOnce,
            "proxies that end TLS and say in `listen.forwarded.field` whom each request is from; others are not believed",
            into: \.configuration.listen.forwardedFrom),
        .choice(
            "listen.forwarded.field", reload: .atOnce,
            "the field that these proxies write; the other one is the client's own word, and is not read",
            into: \.configuration.listen.forwardedField),
        .requiredPaths(
            "tls.certificate", reload: .newConnections,
            "PEM file of the certificate chain, own certificate first; of several, SNI chooses, else the first",
            into: \.certificates),
        .requiredPaths(
            "tls.key", isSecret: true, reload: .newConnections,
            "PEM file of the certificate's private key; as many as certificates, in their order",
            into: \.privateKeys),
        .choice(
            "tls.minimum_version", reload: .newConnections,
            "oldest TLS version that is spoken",
            into: \.configuration.tls.minimumVersion),
        .optional(
            "tls.client_ca", type: "path", reload: .atOnce,
            "PEM file of the authorities that publishers' client certificates come from",
            into: \.configuration.tls.clientCA),
        .time(
            "tls.handshake_timeout", .milliseconds(100)...(.seconds(60)), reload: .newConnections,
            "from connecting to the end of the TLS handshake; then the connection is closed",
            into: \.configuration.tls.handshakeTimeout),
        .time(
            "tls.ticket_lifetime", .seconds(10)...(.seconds(7 * 24 * 3600)), reload: .newConnections,
            "for how long a client may resume its TLS session; the key of the tickets changes every half of it",
            into: \.configuration.tls.ticketLifetime),
        .optional(
            "tls.ticket_keys", type: "path", isSecret: true, reload: .newConnections,
            "file of a secret that the tickets' keys come from, made when missing: sessions outlive a restart, and nodes share them",
            into: \.configuration.tls.ticketKeys),
    ]

    private static let identity: [Setting] = [
        .requiredPath(
            "auth.keys", or: "auth.issuers", isSecret: true, reload: .atOnce,
            "JWKS file (RFC 7517) of the keys that tokens are checked with",
            into: \.configuration.auth.keys),
        .parts(
            "auth.issuers", type: "list of issuers", default: "[]", reload: .atOnce,
            "identity providers whose tokens are taken, each by its own keys: see <doc:Tokens>",
            into: \.configuration.auth.issuers
        ) { part throws(WrittenTreeError) in
            var issuers: [GatewayConfiguration.Issuer] = []
            for entry in try part.list() { issuers.append(try GatewayConfiguration.Issuer(entry)) }
            return issuers
        },
        .time(
            "auth.fetch.cooldown", .seconds(1)...(.seconds(3600)), reload: .atOnce,
            "the time between two fetches of an issuer's keys, at the least, whatever keys tokens name",
            into: \.configuration.auth.fetchRules.cooldown),
        .time(
            "auth.fetch.stale_limit", .zero...(.seconds(30 * 24 * 3600)), reload: .atOnce,
            "for how long fetched keys serve on while their provider is away; then their tokens get 503",
            into: \.configuration.auth.fetchRules.staleLimit),
        .claim(
            "auth.claims.user", reload: .atOnce, "the claim that is the user, where an issuer does not say it",
            into: \.configuration.auth.claims.user),
        .claim(
            "auth.claims.grants", reload: .atOnce,
            "the claim that holds grants, roles or scopes, where an issuer does not say it",
            into: \.configuration.auth.claims.grants),
        .parts(
            "auth.grants", type: "map of grants", default: "{}", reload: .atOnce,
            "what the roles and scopes grant that tokens hold in place of grants",
            into: \.configuration.auth.grants
        ) { part throws(WrittenTreeError) in try part.roleGrants() },
        .parts(
            "auth.default_grants", type: "grants", default: "{}", reload: .atOnce,
            "what a token grants that has no claim for grants",
            into: \.configuration.auth.defaultGrants
        ) { part throws(WrittenTreeError) in try part.grants() },
        .optional(
            "auth.issuer", type: "text", reload: .atOnce,
            "what a token's `iss` must be that is checked with `auth.keys`; unset, it is not checked",
            into: \.configuration.auth.issuer),
        .optional(
            "auth.audience", type: "text", reload: .atOnce,
            "what its `aud` must contain; unset, a token that has an `aud` is refused",
            into: \.configuration.auth.audience),
        .time(
            "auth.clock_skew", .zero...(.seconds(300)), reload: .atOnce,
            "how far the clocks of token issuer and gateway may differ", into: \.configuration.auth.clockSkew),
        .toggle(
            "auth.query_token", reload: .atOnce,
            "also take the token from `?access_token=`; URLs end up in logs and histories",
            into: \.configuration.auth.queryToken),
        .time(
            "auth.maximum_lifetime", .seconds(60)...(.seconds(3650 * 24 * 3600)), reload: .restart,
            "a token that lives longer (`exp` behind `iat`, or behind now) is refused; a revocation is kept for as long",
            into: \.configuration.auth.maximumLifetime),
        .size(
            "auth.token_bytes", 256...(64 << 10), reload: .atOnce,
            "longest token; a longer one is refused unread",
            into: \.configuration.auth.tokenBytes),
        .choice(
            "publish.client_certificate", reload: .atOnce,
            "whether publishers are asked for a TLS client certificate, and must have one",
            into: \.configuration.publish.clientCertificate),
        .time(
            "publish.key_lifetime", .seconds(1)...(.seconds(30 * 24 * 3600)), reload: .restart,
            "for how long an `Idempotency-Key` is known: a retry within it is no second event",
            into: \.configuration.publish.keyLifetime),
        .origins(
            "cors.origins", reload: .atOnce,
            "web origins whose pages may use the gateway, compared exactly; others get nothing",
            into: \.configuration.cors.origins),
    ]

    private static let probes: [Setting] = [
        .address(
            "admin.address", reload: .restart,
            "IP address of the plain HTTP listener for probes and metrics",
            into: \.configuration.admin.address),
        .number(
            "admin.port", 0...65535, type: "port", reload: .restart,
            "TCP port of the plain HTTP listener for probes and metrics; 0 lets the system choose one",
            into: \.configuration.admin.port),
        .hosts(
            "admin.hosts", reload: .atOnce,
            "names in `Host` that it answers to, beside `localhost` and IP addresses; others get 421",
            into: \.configuration.admin.hosts),
        .time(
            "canary.interval", .zero...(.seconds(60)), reload: .restart,
            "time between two notes to the gateway's own streams, one per event loop, by which its probes know that others work; 0 for none",
            into: \.configuration.canary.interval),
        .time(
            "canary.limit", .seconds(1)...(.seconds(600)), reload: .restart,
            "after so long without such a note `/readyz` is red; at least twice `canary.interval`",
            into: \.configuration.canary.limit),
        .size(
            "explain.bytes", 0...(1 << 30), reload: .restart,
            "memory for what `sluice explain` is asked about: half for the newest events, half for streams that have ended; 0 for none",
            into: \.configuration.explain.bytes),
    ]

    private static let process: [Setting] = [
        .time(
            "shutdown.delay", .zero...(.seconds(600)), reload: .atOnce,
            "for how long it is unready but serves on at shutdown, so that balancers send traffic elsewhere before it drains",
            into: \.configuration.shutdown.delay),
        .time(
            "shutdown.drain", .zero...(.seconds(600)), reload: .atOnce,
            "over how long streams are ended at shutdown, so that clients do not all reconnect at once",
            into: \.configuration.shutdown.drain),
        .choice(
            "logging.level", reload: .atOnce,
            "least severe level that is written to standard error",
            into: \.configuration.logging.level),
        .choice(
            "logging.format", reload: .restart,
            "how a line is written: for people, or as a JSON object (RFC 8259) for programs",
            into: \.configuration.logging.format),
        .number(
            "logging.lines", 1...100_000, type: "lines", reload: .restart,
            "lines of one reason in ten seconds about refusals, opened and ended streams; a later line says how many were left out",
            into: \.configuration.logging.lines),
        .toggle(
            "logging.audit", reload: .atOnce,
            "a line at `info` for each event that is published: who, for whom, its id and its request; never its data",
            into: \.configuration.logging.audit),
        .toggle(
            "tracing.spans", reload: .atOnce,
            "a line at `info` for each finished span of a request, with its trace (W3C Trace Context)",
            into: \.configuration.tracing.spans),
        .number(
            "tracing.share", 0...SpanTracer.whole, type: "requests in 1000", reload: .atOnce,
            "how many requests have spans; one that comes with a `traceparent` has them by its sampled flag",
            into: \.configuration.tracing.share),
        .number(
            "tracing.lines", 1...10_000_000, type: "lines", reload: .restart,
            "spans of one name in ten seconds; others are counted in `sluice_log_lines_dropped_total`",
            into: \.configuration.tracing.lines),
    ]
}
