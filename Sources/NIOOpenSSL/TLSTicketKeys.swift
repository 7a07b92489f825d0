// The keys of session tickets. They are apart from the context, because they outlive it, and several processes may
// share them.

public import NIOCore
internal import OpenSSLKit

/// The keys of session tickets (RFC 8446 §4.6.1, RFC 5077).
///
/// Give the same object to each context that follows another: then clients can resume the sessions of the one before.
/// The keys change after each half of a ticket's lifetime.
public final class TLSTicketKeys: Sendable {
    let keys: TicketKeys

    /// The least number of bytes of a secret.
    public static let minimumSecretBytes = DerivedTicketKeys.minimumSecretBytes

    /// Makes keys for this process alone. They end with it.
    ///
    /// - Parameter lifetime: How long a client may use a ticket.
    public init(lifetime: TimeAmount) {
        keys = TicketKeys(lifetime: lifetime) { .now() }
    }

    /// Makes the keys that every process with the same secret and lifetime has.
    ///
    /// - Parameters:
    ///   - secret: At least ``minimumSecretBytes`` bytes that nobody can foresee. Keep it as safe as a private key:
    ///     whoever knows it can decrypt recorded TLS 1.2 sessions that had a ticket, and can pass for the server
    ///     towards clients that resume.
    ///   - lifetime: How long a client may use a ticket.
    ///   - calendar: Returns the time, in seconds since 1970-01-01T00:00:00Z. The processes' clocks may be half a
    ///     lifetime apart.
    /// - Throws: ``TLSError`` when the secret is too short.
    public init(
        secret: [UInt8], lifetime: TimeAmount, calendar: @escaping @Sendable () -> Int64
    ) throws(TLSError) {
        guard secret.count >= Self.minimumSecretBytes else {
            throw TLSError(
                code: .settingRefused,
                message:
                    "a secret for session tickets has \(Self.minimumSecretBytes) bytes at least, not \(secret.count); "
                    + "make another at random")
        }
        do {
            let seconds = lifetime.nanoseconds / 1_000_000_000
            keys = TicketKeys(try DerivedTicketKeys(secret: secret, lifetimeSeconds: seconds), calendar: calendar)
        } catch {
            throw TLSError(
                code: .settingRefused, message: "OpenSSL refuses the secret for session tickets: \(error.reason)")
        }
    }
}
