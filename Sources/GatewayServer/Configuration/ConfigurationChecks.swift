// Rules that hold between settings, each of which is right by itself: those that make the gateway unable to do its
// work are errors, those that the operator may not have meant are warnings.

internal import HTTPServing

/// Checks a configuration whose values are each right.
struct ConfigurationChecks {
    private let draft: ConfigurationDraft
    private let sources: SettingSources
    private var wrongKeys: Set<String> = []
    /// What cannot hold together.
    private(set) var errors: [ConfigurationError] = []

    /// - Parameters:
    ///   - draft: every value that could be parsed.
    ///   - sources: where they were written.
    init(draft: ConfigurationDraft, sources: SettingSources) {
        self.draft = draft
        self.sources = sources
    }

    /// Checks everything.
    ///
    /// - Parameter keys: settings that are known to be wrong, about which nothing more is said.
    /// - Returns: the configuration with its warnings; only to be used when there are no errors.
    mutating func check(unless keys: Set<String>) -> GatewayConfiguration {
        wrongKeys = keys
        var configuration = draft.configuration
        checkIdentities()
        checkIssuers()
        checkPorts()
        checkClientCertificates()
        checkSizes()
        checkLog()
        configuration.tls.identities = zip(draft.certificates, draft.privateKeys).map {
            GatewayConfiguration.TLS.IdentityFiles(certificate: $0, key: $1)
        }
        configuration.warnings = ConfigurationWarnings(configuration).all
        return configuration
    }

    private mutating func checkIdentities() {
        let (certificates, keys) = (draft.certificates.count, draft.privateKeys.count)
        demand(certificates == keys, ["tls.key", "tls.certificate"]) {
            (
                "names \(keys), but tls.certificate names \(certificates)",
                "name one key for each certificate, in the same order"
            )
        }
        demand(certificates > 0 || keys > 0, ["tls.certificate"]) {
            ("is an empty list", "name at least one certificate")
        }
    }

    private mutating func checkIssuers() {
        let auth = draft.configuration.auth
        let names = auth.issuers.map(\.name) + [auth.issuer].compactMap { auth.keys == nil ? nil : $0 }
        // By Unicode's equivalence, which is stricter than the bytes that tokens' `iss` is compared by: what is kept by
        // issuer is kept by String.
        demand(Set(names).count == names.count, ["auth.issuers", "auth.issuer"]) {
            ("names an issuer twice, or the one of auth.issuer", "give each issuer one entry")
        }
        demand(!auth.issuers.isEmpty || auth.keys != nil, ["auth.issuers", "auth.keys"]) {
            ("is an empty list", "name an issuer, or a key set by auth.keys")
        }
        demand(auth.issuer == nil || auth.keys != nil, ["auth.issuer", "auth.keys"]) {
            ("is for tokens that are checked with auth.keys, which is not set", "write it into auth.issuers instead")
        }
    }

    private mutating func checkPorts() {
        let (listen, admin) = (draft.configuration.listen, draft.configuration.admin)
        let isShared = listen.address == admin.address || Self.isAny(listen.address) || Self.isAny(admin.address)
        demand(listen.port != admin.port || listen.port == 0 || !isShared, ["admin.port", "listen.port"]) {
            ("is \(admin.port), which listen.port is too", "give each listener a port of its own")
        }
    }

    private mutating func checkClientCertificates() {
        let isAsked = draft.configuration.publish.clientCertificate != .notAsked
        demand(!isAsked || draft.configuration.tls.clientCA != nil, ["publish.client_certificate", "tls.client_ca"]) {
            (
                "asks for client certificates, but no authority for them is named",
                "set tls.client_ca, or publish.client_certificate to none"
            )
        }
    }

    private mutating func checkLog() {
        let log = draft.configuration.log
        demand(log.kind != .sqlite || log.path != nil, ["log.path", "log.kind"]) {
            ("is not set, but log.kind is sqlite", "name the file that holds the log, or set log.kind to memory")
        }
        demand(log.durability != .replicated || log.kind != .sqlite, ["log.durability", "log.kind"]) {
            ("is replicated, but log.kind is sqlite, which is one file", "set it to full or normal")
        }
        if log.kind == .jetstream { checkJetStream(log) }
    }

    private mutating func checkJetStream(_ log: GatewayConfiguration.Log) {
        let (jetStream, kind) = (log.jetStream, "but log.kind is jetstream")
        demand(!jetStream.servers.isEmpty, ["log.jetstream.servers", "log.kind"]) {
            ("is not set, \(kind)", "name the servers of NATS, as nats://127.0.0.1:4222")
        }
        demand(log.durability != .normal, ["log.durability", "log.kind"]) {
            (
                "is normal, \(kind)",
                "set it to replicated, or to full when all servers of NATS have sync_interval: always"
            )
        }
        checkFullDurability(log)
        demand(
            jetStream.key == nil || jetStream.certificate != nil, ["log.jetstream.key", "log.jetstream.certificate"]
        ) { ("is set, but log.jetstream.certificate is not", "name the certificate that it is for") }
        demand(
            jetStream.user == nil || jetStream.passwordFile != nil,
            ["log.jetstream.user", "log.jetstream.password_file"]
        ) { ("is set, but log.jetstream.password_file is not", "name the file of the password") }
        demand(
            jetStream.credentials == nil || jetStream.passwordFile == nil,
            ["log.jetstream.credentials", "log.jetstream.password_file"]
        ) { ("is set, and log.jetstream.password_file, too", "remove one of them: a node logs in by one") }
        demand(
            jetStream.giveUp == .zero || jetStream.giveUp > log.staleAfter,
            ["log.jetstream.give_up", "log.stale_after"]
        ) {
            (
                "is not longer than log.stale_after, so that streams would end before they were told why",
                "raise it, or lower log.stale_after"
            )
        }
    }

    /// What `full` means with NATS, as far as the configuration can know: an event is on the disks of most of three
    /// servers before its publisher is answered, and the servers were asked whether that is so.
    private mutating func checkFullDurability(_ log: GatewayConfiguration.Log) {
        guard log.durability == .full else { return }
        demand(log.jetStream.replicas >= 3, ["log.jetstream.replicas", "log.durability", "log.kind"]) {
            (
                "is \(log.jetStream.replicas), but log.durability is full: with fewer than 3 the loss of one server is "
                    + "the loss of events, or of all publishing",
                "raise it to 3, or set log.durability to replicated"
            )
        }
        demand(!log.jetStream.monitors.isEmpty, ["log.jetstream.monitor", "log.durability", "log.kind"]) {
            (
                "is not set, but log.durability is full, which is believed only of servers that say so",
                "name the monitoring URL of each server of NATS, as http://127.0.0.1:8222, or set log.durability to "
                    + "replicated"
            )
        }
    }

    private mutating func checkSizes() {
        let (configuration, limits) = (draft.configuration, draft.configuration.limits)
        atLeast(
            "stream.buffer", configuration.stream.buffer, "limits.event", limits.event,
            "such an event could wait for no stream")
        atLeast(
            "stream.buffer_total", configuration.stream.bufferTotal, "stream.buffer", configuration.stream.buffer,
            "one stream could not use its own")
        atLeast(
            "log.retention.bytes", configuration.log.retentionBytes, "limits.event", limits.event,
            "such an event could not be kept")
        demand(
            ByteAccount.share(of: limits.held, for: .known) >= limits.requestBody,
            ["limits.held", "limits.request_body"]
        ) {
            (
                "is \(SizeText.format(limits.held)), of which users have three quarters, but limits.request_body is "
                    + "\(SizeText.format(limits.requestBody)): such a body would never be taken",
                "raise limits.held, or lower limits.request_body"
            )
        }
        atLeast(
            "limits.request_head", limits.requestHead, "auth.token_bytes", configuration.auth.tokenBytes,
            "such a token could not arrive")
    }

    private mutating func atLeast(_ key: String, _ size: Int, _ other: String, _ otherSize: Int, _ why: String) {
        demand(size >= otherSize, [key, other]) {
            (
                "is \(SizeText.format(size)), but \(other) is \(SizeText.format(otherSize)): \(why)",
                "raise \(key), or lower \(other)"
            )
        }
    }

    /// Records an error at the first of the keys, unless one of them is already known to be wrong.
    private mutating func demand(_ holds: Bool, _ keys: [String], _ say: () -> (detail: String, remedy: String)) {
        guard !holds, let key = keys.first, wrongKeys.isDisjoint(with: keys) else { return }
        let (detail, remedy) = say()
        let source = sources.source(of: key) ?? keys.lazy.compactMap { [sources] in sources.source(of: $0) }.first
        errors.append(ConfigurationError(code: .conflict, source: source, key: key, detail: detail, remedy: remedy))
    }

    private static func isAny(_ address: String) -> Bool { address == "0.0.0.0" || address == "::" }
}
