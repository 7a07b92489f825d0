// The contents of the files that a configuration names. They are read and checked together, at the start and at each
// reload.

internal import Logging
internal import NIOCore
internal import NIOOpenSSL

/// The contents of the files that a configuration names, ready for use.
struct LoadedFiles: Sendable {
    let tls: TLSContext
    /// What the gateway's own streams believe of it.
    let canary: CanaryTrust
    let certificates: [CertificateWatch.Certificate]
    /// Whose tokens are taken, with the keys that are in files.
    let trust: IssuerTrust
    /// The bytes of the file of client authorities, to see whether they have changed.
    let authorities: [UInt8]
    /// The keys of session tickets.
    let tickets: Tickets

    /// The numbers, as the hub has them, of the keys whose tokens the gateway accepts.
    var keys: Set<UInt64> { trust.marks }

    /// Ticket keys with the lifetime that they were made for.
    struct Tickets: Sendable {
        let keys: TLSTicketKeys
        let lifetime: Duration
        let file: String?
    }

    /// - Parameter former: the ticket keys so far. They stay, unless the keys come from a file.
    /// - Throws: ``StartupError``, which says which file is wrong, how, and what to do.
    init(_ configuration: GatewayConfiguration, after former: Tickets? = nil) throws(StartupError) {
        tickets = try configuration.ticketKeys(after: former)
        (tls, canary) = try configuration.tls.context(
            clientCertificate: configuration.publish.clientCertificate, tickets: tickets.keys,
            places: configuration.places)
        certificates = try configuration.certificates()
        trust = try configuration.auth.trust(places: configuration.places)
        authorities = configuration.authorities
    }
}

extension LoadedFiles {
    /// Says at start what an openssl.cnf costs that demands other algorithms.
    func report(to logger: Logger) {
        guard !tls.sealsRecords else { return }
        logger.notice(
            "OpenSSL's configuration wants another key schedule than the default one, so its SSL keeps the records.",
            metadata: ["cost": "13 KB more for each connection"])
    }
}

extension GatewayConfiguration {
    fileprivate func ticketKeys(after former: LoadedFiles.Tickets?) throws(StartupError) -> LoadedFiles.Tickets {
        let lifetime = tls.ticketLifetime
        guard let file = tls.ticketKeys else {
            let former = former.flatMap { $0.file == nil && $0.lifetime == lifetime ? $0 : nil }
            return former ?? .init(keys: TLSTicketKeys(lifetime: TimeAmount(lifetime)), lifetime: lifetime, file: nil)
        }
        let secret = try TicketSecret(
            file: file, setting: places.name("tls.ticket_keys"), isMade: former?.file != file)
        return .init(keys: try secret.keys(lifetime: TimeAmount(lifetime)), lifetime: lifetime, file: file)
    }
}
