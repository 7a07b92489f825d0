// The owner of an SSL_CTX, which the connections of one configuration share. It is made once and never changed. A
// reload makes another one, and leaves the connections of the old one alone.

internal import COpenSSL
internal import NIOCore

/// What the connections of one configuration share.
///
/// Unchecked because it holds a C pointer: after `init` the `SSL_CTX` is only read, and OpenSSL allows that from any
/// thread. Sessions and ticket keys have a lock of their own.
package final class OpenSSLContext: @unchecked Sendable {
    /// The only owner of the SSL_CTX in Swift. Each SSL counts a reference of its own.
    let pointer: OpaquePointer
    let role: OpenSSLContextSettings.Role
    let identities: IdentityTable
    /// ALPN names as on the wire, without their length bytes, most wanted first.
    let applicationProtocols: [[UInt8]]
    /// Whether the records of a server's TLS 1.3 connections are sealed by ``RecordLayer``.
    package let sealsRecords: Bool
    /// Sessions to resume; only in the client's role.
    let sessions: SessionCache?
    /// What tickets are sealed with; only in the server's role.
    let tickets: TicketKeys?

    /// - Parameter settings: What to make it from.
    /// - Throws: When OpenSSL refuses an identity, a trust file or a setting.
    package init(_ settings: OpenSSLContextSettings) throws(LoadFailure) {
        ErrorQueue.clear()
        let isServer = settings.role == .server
        guard let pointer = isServer ? Self.serverContext() : SSL_CTX_new(TLS_client_method()) else {
            let failure = OpenSSLFailure.fromQueue("SSL_CTX_new")
            throw LoadFailure(kind: .settingRefused, message: "OpenSSL makes no context: \(failure.reason)")
        }
        self.pointer = pointer
        role = settings.role
        identities = IdentityTable(settings.identities)
        applicationProtocols = settings.applicationProtocols.map { Array($0.utf8) }
        sealsRecords = isServer && settings.sealsRecords && KeyProvider.isInUse
        sessions = isServer ? nil : SessionCache()
        tickets =
            isServer
            ? settings.ticketKeys ?? TicketKeys(lifetime: settings.ticketLifetime, now: settings.now) : nil
        try applyProtocol(settings)
        try applyIdentities()
        let roots = try applyTrust(settings)
        try applyApplicationProtocols()
        try applySessions(settings, roots)
        installCallbacks()
    }

    deinit { SSL_CTX_free(pointer) }

    private static func serverContext() -> OpaquePointer? {
        guard KeyProvider.isInUse else { return SSL_CTX_new(TLS_server_method()) }
        return SSL_CTX_new_ex(nil, "\(KeyProvider.query)", TLS_server_method())
    }

    /// Throws with OpenSSL's reason unless `result` is 1.
    func require(_ result: CInt, _ what: @autoclosure () -> String) throws(LoadFailure) {
        guard result != 1 else { return }
        let failure = OpenSSLFailure.fromQueue("the call")
        throw LoadFailure(kind: .settingRefused, message: "OpenSSL refused \(what()): \(failure.reason)")
    }
}

// MARK: - Protocol

extension OpenSSLContext {
    // Mozilla's "intermediate" configuration, guideline 5.7 (https://ssl-config.mozilla.org/guidelines/5.7.json),
    // without its DHE suites: every client of TLS 1.2 has elliptic curves, and DHE is costly for the server.
    private static let suites12 = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")
    private static let suites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    // A provider in FIPS mode has no X25519; an unknown group would refuse the whole list.
    private static let groups = ["X25519:P-256:P-384", "P-256:P-384"]
    // 112 bits: RSA keys of 2048 bits and SHA-2 signatures at least, whatever the machine's openssl.cnf says.
    private static let securityLevel: CInt = 2

    private func applyProtocol(_ settings: OpenSSLContextSettings) throws(LoadFailure) {
        SSL_CTX_set_security_level(pointer, Self.securityLevel)
        let minimum = CInt(settings.minimumVersion)
        try require(sluice_SSL_CTX_set_min_proto_version(pointer, minimum), "the minimum version")
        try require(sluice_SSL_CTX_set_max_proto_version(pointer, 0), "the maximum version")
        try require(SSL_CTX_set_cipher_list(pointer, Self.suites12), "the cipher suites")
        try require(SSL_CTX_set_ciphersuites(pointer, Self.suites13), "the TLS 1.3 cipher suites")
        let accepted = Self.groups.contains { sluice_SSL_CTX_set1_groups_list(pointer, $0) == 1 }
        try require(accepted ? 1 : 0, "the groups")
        SSL_CTX_set_options(pointer, sluice_SSL_OP_common())
        // The server's order decides, except that a client which puts ChaCha20 first has no AES in hardware and gets
        // it.
        if role == .server { SSL_CTX_set_options(pointer, sluice_SSL_OP_server_preference()) }
        // Idle connections hold no record buffers. Only certificates of the chain file are sent.
        sluice_SSL_CTX_set_mode(pointer, CLong(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN))
    }

    // The length bytes make the list that a client sends (RFC 7301 §3.1).
    private func applyApplicationProtocols() throws(LoadFailure) {
        for name in applicationProtocols where !(1...255).contains(name.count) {
            throw LoadFailure(kind: .settingRefused, message: "an application protocol's name has 1 to 255 bytes")
        }
        guard role == .client, !applicationProtocols.isEmpty else { return }
        let list = applicationProtocols.flatMap { [UInt8($0.count)] + $0 }
        // This one call returns 0 for success.
        try require(SSL_CTX_set_alpn_protos(pointer, list, CUnsignedInt(list.count)) == 0 ? 1 : 0, "the protocol names")
    }

    private func applySessions(_ settings: OpenSSLContextSettings, _ roots: [Certificate]) throws(LoadFailure) {
        let clientMode = CLong(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL)
        // A server keeps no sessions: tickets carry them (RFC 5077, RFC 8446 §4.6.1), sealed with this context's keys.
        sluice_SSL_CTX_set_session_cache_mode(pointer, role == .server ? CLong(SSL_SESS_CACHE_OFF) : clientMode)
        guard role == .server else { return }
        try require(SSL_CTX_set_num_tickets(pointer, settings.ticketCount), "the number of tickets")
        SSL_CTX_set_timeout(pointer, CLong(max(1, settings.ticketLifetime.nanoseconds / 1_000_000_000)))
        // Contexts may share the keys of tickets, and whoever resumes a session is not asked for a certificate. So a
        // session is good only where as much is asked of clients as where it began: elsewhere OpenSSL takes its ticket
        // for none (SSL_CTX_set_session_id_context(3)).
        let demand = try demandDigest(settings, roots)
        try require(SSL_CTX_set_session_id_context(pointer, demand, CUnsignedInt(demand.count)), "the session context")
    }

    /// What is asked of clients: whether for a certificate, and from which authorities. The system's are one to this,
    /// whatever is among them.
    private func demandDigest(
        _ settings: OpenSSLContextSettings, _ roots: [Certificate]
    ) throws(LoadFailure) -> [UInt8] {
        let source =
            switch settings.trust {
            case .system: "system"
            case .certificates: "certificates"
            case .pinned: "pinned"
            }
        do {
            // In whatever order they come, and however often.
            var names: Set<[UInt8]> = []
            for root in roots { names.insert(try root.fingerprint()) }
            let sorted = names.sorted { $0.lexicographicallyPrecedes($1) }
            let text = Array("\(settings.peerVerification) \(source) ".utf8) + sorted.joined()
            return try Digest.sha256(text.span)
        } catch {
            throw LoadFailure(kind: .settingRefused, message: "OpenSSL makes no session context: \(error.reason)")
        }
    }
}

// MARK: - Identities and trust

extension OpenSSLContext {
    private func applyIdentities() throws(LoadFailure) {
        for group in identities.groups {
            for identity in group.identities { try check(identity) }
        }
        for identity in identities.groups.first?.identities ?? [] { try install(identity) }
    }

    // Every identity is first tried in a context of its own, so that a refused one is reported now and not in a
    // handshake.
    private func check(_ identity: Identity) throws(LoadFailure) {
        let probe = SSL_CTX_new(TLS_method())
        defer { SSL_CTX_free(probe) }
        SSL_CTX_set_security_level(probe, Self.securityLevel)
        try install(identity, into: probe)
    }

    private func install(_ identity: Identity, into target: OpaquePointer? = nil) throws(LoadFailure) {
        ErrorQueue.clear()
        let result = identity.withIntermediates { chain in
            SSL_CTX_use_cert_and_key(target ?? pointer, identity.certificate.pointer, identity.key.pointer, chain, 1)
        }
        guard result != 1 else { return }
        throw LoadFailure(
            kind: .certificateInvalid,
            message: "OpenSSL refused the certificate of \(identity.subject): "
                + "\(OpenSSLFailure.fromQueue("SSL_CTX_use_cert_and_key").reason); "
                + "use an EC key (P-256 or P-384) or an RSA key of at least 2048 bits, signed with SHA-2")
    }

    /// - Returns: the certificates that are trusted, unless it is the system that names them.
    private func applyTrust(_ settings: OpenSSLContextSettings) throws(LoadFailure) -> [Certificate] {
        guard settings.peerVerification != .none else { return [] }
        let required = settings.peerVerification == .required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
        verifyPeer(SSL_VERIFY_PEER | required)
        switch settings.trust {
        case .system:
            try require(SSL_CTX_set_default_verify_paths(pointer), "the system's trusted certificates")
            return []
        case .certificates(let text):
            return try trust(try text.certificates(orThrow: .trustInvalid))
        case .pinned(let identities):
            // So that a chain may end with one that is trusted and not self-signed (X509_VERIFY_PARAM_set_flags(3)).
            X509_STORE_set_flags(SSL_CTX_get_cert_store(pointer), CUnsignedLong(X509_V_FLAG_PARTIAL_CHAIN))
            // With the intermediates: a chain then ends where it is still short, and what else is in it is not looked
            // at.
            return try trust(identities.flatMap { [$0.certificate] + $0.intermediates })
        }
    }

    private func trust(_ roots: [Certificate]) throws(LoadFailure) -> [Certificate] {
        for root in roots { try trust(root) }
        return roots
    }

    private func trust(_ root: Certificate) throws(LoadFailure) {
        let store = SSL_CTX_get_cert_store(pointer)
        try require(X509_STORE_add_cert(store, root.pointer), "the trusted certificate of \(root.subject)")
        // The names that a server sends so that the client can choose (RFC 8446 §4.2.4).
        guard role == .server else { return }
        try require(SSL_CTX_add_client_CA(pointer, root.pointer), "the trusted certificate of \(root.subject)")
    }
}
