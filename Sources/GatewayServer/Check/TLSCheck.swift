// What `sluice check` says about TLS's files. It reads all that `serve` reads at its start, and makes nothing.

internal import Glibc
internal import NIOCore
internal import NIOOpenSSL
internal import PlainWords

/// Looks at certificates, the authorities of clients' certificates, and the secret of tickets.
struct TLSCheck: Sendable {
    private let configuration: GatewayConfiguration
    private let validity: ValidityCheck
    private var tls: GatewayConfiguration.TLS { configuration.tls }

    init(_ configuration: GatewayConfiguration, _ validity: ValidityCheck) {
        (self.configuration, self.validity) = (configuration, validity)
    }

    /// One finding for each file, and one for what shows only when all are put together.
    var findings: [CheckFinding] {
        let files = tls.identities.map(identity) + [authorities, ticketSecret].compactMap(\.self)
        guard !files.contains(where: { $0.outcome == .wrong }) else { return files }
        do throws(StartupError) {
            _ = try tls.context(
                clientCertificate: configuration.publish.clientCertificate,
                tickets: TLSTicketKeys(lifetime: TimeAmount(tls.ticketLifetime)), places: configuration.places)
            return files
        } catch {
            return files + [CheckFinding(.wrong, "tls", error.message)]
        }
    }

    private func identity(_ files: GatewayConfiguration.TLS.IdentityFiles) -> CheckFinding {
        let subject = "tls.certificate \(QuotedValue.name(files.certificate))"
        do throws(TLSError) {
            let identity = try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
            return validity.finding(
                subject: subject, names: identity.hostNames, notBefore: identity.notBefore, notAfter: identity.notAfter)
        } catch {
            return CheckFinding(.wrong, subject, tls.shown(error.message))
        }
    }

    /// Nil when clients are not asked for certificates: `serve` does not read the file then.
    private var authorities: CheckFinding? {
        guard let file = configuration.clientAuthorities else { return nil }
        let subject = "tls.client_ca \(QuotedValue.name(file))"
        do throws(TLSError) {
            let authorities = try TLSTrustRoots.file(file).authorities().map {
                CertificateWatch.Certificate(name: $0.subject, notBefore: $0.notBefore, notAfter: $0.notAfter)
            }
            return validity.finding(subject: subject, authorities: authorities)
        } catch {
            return CheckFinding(.wrong, subject, tls.shown(error.message))
        }
    }

    private var ticketSecret: CheckFinding? {
        guard let file = tls.ticketKeys else { return nil }
        let subject = "tls.ticket_keys \(QuotedValue.name(file, isSecret: true))"
        do throws(StartupError) {
            let setting = configuration.places.name("tls.ticket_keys")
            guard access(file, F_OK) == 0 else {
                try TicketSecret.requireRoom(for: file, setting: setting)
                return CheckFinding(.fine, subject, "is made at the start")
            }
            _ = try TicketSecret(file: file, setting: setting, isMade: false)
                .keys(lifetime: TimeAmount(tls.ticketLifetime))
            return CheckFinding(.fine, subject, "holds a secret that can be used")
        } catch {
            return CheckFinding(.wrong, subject, error.message)
        }
    }
}
