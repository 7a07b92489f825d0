// Settings that work but that the operator may not have meant. The gateway starts, and says so once in its log.

internal import GatewayRules
internal import HTTPServing
internal import Logging
internal import NATSClient
internal import PeerText
internal import PlainWords

/// The warnings about a configuration.
struct ConfigurationWarnings {
    /// Each a sentence with its remedy.
    let all: [String]

    /// - Parameter configuration: one without errors.
    init(_ configuration: GatewayConfiguration) {
        let alone = [
            Self.admin(configuration.admin), Self.origins(configuration.cors), Self.otherSites(configuration),
            Self.clientCA(configuration), Self.queryToken(configuration.auth),
            Self.body(configuration.limits), Self.log(configuration.log), Self.audit(configuration.logging),
            Self.spans(configuration),
            Self.trust("listen.proxy_protocol.from", configuration.listen.proxyProtocolFrom),
            Self.trust("listen.forwarded.from", configuration.listen.forwardedFrom),
        ].compactMap(\.self)
        all = alone + Self.jetStream(configuration) + IssuerWarnings(configuration.auth).all
    }

    private static func admin(_ admin: GatewayConfiguration.Admin) -> String? {
        guard !isLoopback(admin.address) else { return nil }
        return
            "admin.address \(admin.address) is reachable from other machines, and the admin listener has neither TLS "
            + "nor identity; bind it to 127.0.0.1, or let only your monitoring reach it"
    }

    private static func origins(_ cors: GatewayConfiguration.CORS) -> String? {
        guard cors.origins.isEmpty else { return nil }
        return
            "cors.origins is empty, so browsers refuse the stream to pages of every other origin; list the origins of "
            + "your pages, unless a proxy serves them from this one"
    }

    /// A page over http is of another site than any https gateway (HTML standard §7.1.1.1).
    private static func otherSites(_ configuration: GatewayConfiguration) -> String? {
        let page = configuration.cors.origins.first { $0.serialization.hasPrefix("http:") }
        guard let page, configuration.session.sameSite != .none else { return nil }
        return
            "cors.origins has \(page), which is another site than this gateway because it is http, so browsers drop its "
            + "session cookie; set session.same_site to none while you develop, or serve the page over https"
    }

    private static func clientCA(_ configuration: GatewayConfiguration) -> String? {
        guard configuration.tls.clientCA != nil, configuration.publish.clientCertificate == .notAsked else {
            return nil
        }
        return
            "tls.client_ca is set but no client certificate is asked for; set publish.client_certificate to optional "
            + "or required"
    }

    private static func spans(_ configuration: GatewayConfiguration) -> String? {
        guard configuration.tracing.spans, configuration.logging.level > .info else { return nil }
        return
            "tracing.spans writes at info, which logging.level \(configuration.logging.level) leaves out; set "
            + "logging.level to info"
    }

    private static func audit(_ logging: GatewayConfiguration.Logging) -> String? {
        guard logging.audit, logging.level > .info else { return nil }
        return
            "logging.audit writes at info, which logging.level \(logging.level) leaves out; set logging.level to info"
    }

    private static func queryToken(_ auth: GatewayConfiguration.Auth) -> String? {
        guard auth.queryToken else { return nil }
        return "auth.query_token lets tokens stand in URLs, which proxies log and browsers remember; use the header or "
            + "the cookie where you can, and give such tokens minutes"
    }

    private static func body(_ limits: GatewayConfiguration.Limits) -> String? {
        guard limits.requestBody < limits.largestEventBody else { return nil }
        return
            "limits.request_body is below the \(limits.largestEventBody) bytes that an event within limits.event and "
            + "limits.users_per_event can take up in JSON when all of it is escaped, so some such events are answered 413; "
            + "raise it to as many bytes, or lower the others"
    }

    private static func log(_ log: GatewayConfiguration.Log) -> String? {
        guard log.file == nil, let path = log.path else { return nil }
        return
            "log.path \(QuotedValue.name(path)) is not used while log.kind is \(log.kind.rawValue); set log.kind to "
            + "sqlite, or remove it"
    }

    private static func jetStream(_ configuration: GatewayConfiguration) -> [String] {
        let (log, jetStream) = (configuration.log, configuration.log.jetStream)
        guard log.kind == .jetstream else {
            guard !jetStream.servers.isEmpty else { return [] }
            return [
                "log.jetstream is not used while log.kind is \(log.kind.rawValue); set log.kind to jetstream, or remove it"
            ]
        }
        let open = jetStream.servers.first { !$0.needsTLS && !isLoopback($0.host) && $0.host != "localhost" }
        let plain = open.map {
            "log.jetstream.servers has \($0) without TLS, so that events, and the password if there is one, cross the "
                + "network in the clear unless that server asks for TLS; write tls://\($0)"
        }
        let alone =
            jetStream.replicas < 3
            ? "log.jetstream.replicas \(jetStream.replicas) loses events, or stops publishing, when one server of NATS is "
                + "lost; raise it to 3"
            : nil
        let unwatched =
            jetStream.monitors.isEmpty
            ? "log.jetstream.monitor is empty, so that nobody looks whether the servers of NATS keep what they "
                + "acknowledge, and a gateway that alone is cut off from them can't know it, and stays ready for streams; "
                + "name the monitoring URL of each"
            : nil
        let forgetful =
            configuration.publish.keyLifetime > log.retentionAge
            ? "publish.key_lifetime is longer than log.retention.age, and NATS knows a key no longer than its event; lower "
                + "it, or raise log.retention.age"
            : nil
        return [plain, alone, unwatched, forgetful].compactMap(\.self)
    }

    private static func trust(_ key: String, _ networks: [Network]) -> String? {
        guard let network = networks.first(where: \.isEverybody) else { return nil }
        return
            "\(key) has \(network), so that everybody is believed about who it is, and limits.per_address holds nobody "
            + "back; name your proxies' own addresses"
    }

    /// Whether only this machine reaches the address (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
    private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }
}
