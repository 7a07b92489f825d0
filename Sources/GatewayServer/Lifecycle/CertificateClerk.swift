// Acts on what `CertificateWatch` says: it writes log lines and sets a metric. It decides nothing.

internal import Logging
internal import NIOOpenSSL
internal import Synchronization

/// Tells operators how long their certificates last. Called on any thread.
final class CertificateClerk: Sendable {
    private let watch: Mutex<CertificateWatch>
    private let metrics: ServerMetrics
    private let logger: Logger
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    private let clock: @Sendable () -> Int64

    init(
        _ certificates: [CertificateWatch.Certificate], metrics: ServerMetrics, logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) {
        watch = Mutex(CertificateWatch(certificates))
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
        for certificate in certificates { metrics.certificateEnds(certificate.name, at: certificate.notAfter) }
    }

    /// Watches other certificates from here on. What has been said about one that stays is not said again.
    func adopt(_ certificates: [CertificateWatch.Certificate]) {
        let former = watch.withLock { watch in
            defer { watch.adopt(certificates) }
            return watch.certificates
        }
        for certificate in certificates { metrics.certificateEnds(certificate.name, at: certificate.notAfter) }
        for name in Set(former.map(\.name)).subtracting(certificates.map(\.name)) { metrics.certificateGone(name) }
        look()
    }

    /// Looks at all certificates. Call it every few seconds.
    func look() {
        let now = clock()
        for line in watch.withLock({ $0.look(at: now) }) { write(line) }
    }

    private func write(_ line: CertificateWatch.Line) {
        let (level, message) = Self.words(for: line.state)
        logger.log(
            level: level, message,
            metadata: [
                "certificate": "\(line.certificate.name)", "days_left": .stringConvertible(line.daysLeft),
                "not_after": "\(ValidityCheck.text(line.certificate.notAfter))",
            ])
    }

    private static func words(for state: CertificateWatch.State) -> (Logger.Level, Logger.Message) {
        switch state {
        case .fine: (.notice, "Certificate in use.")
        case .ending: (.warning, "A certificate is about to expire. Renew it.")
        case .expired: (.error, "A certificate has expired, and its peers refuse it or are refused. Renew it.")
        case .notYetValid: (.error, "A certificate is not valid yet. Wait, or set this machine's clock.")
        }
    }
}

extension GatewayConfiguration.TLS {
    /// The certificates in use, the earliest end of each chain.
    ///
    /// - Throws: when a file can't be read.
    func certificatesInUse(
        clientCertificate: GatewayConfiguration.ClientCertificate
    ) throws(TLSError)
        -> [CertificateWatch.Certificate]
    {
        var certificates: [CertificateWatch.Certificate] = []
        for files in identities {
            let identity = try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
            certificates.append(
                .init(name: files.certificate, notBefore: identity.notBefore, notAfter: identity.notAfter))
        }
        guard let clientCA, clientCertificate != .notAsked else { return certificates }
        for authority in try TLSTrustRoots.file(clientCA).authorities() {
            certificates.append(
                .init(
                    name: "\(clientCA) (\(authority.subject))", notBefore: authority.notBefore,
                    notAfter: authority.notAfter))
        }
        return certificates
    }
}
