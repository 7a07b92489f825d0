// What session tickets are sealed with, apart from the context: it outlives one, and may be known to several processes.

public import NIOCore
internal import OpenSSLKit

/// The keys of session tickets (RFC 8446 §4.6.1, RFC 5077).
///
/// Give the same to each context that follows another, and sessions go on. They change every half of a ticket's lifetime.
public final class TLSTicketKeys: Sendable {
    let keys: TicketKeys

    /// How many bytes a secret has at least.
    public static let minimumSecretBytes = DerivedTicketKeys.minimumSecretBytes

    /// Keys of this process alone: they end with it.
    ///
    /// - Parameter lifetime: For how long a ticket may be used.
    public init(lifetime: TimeAmount) {
        keys = TicketKeys(lifetime: lifetime) { .now() }
    }

    /// Keys of every process that is given the same secret and lifetime.
    ///
    /// - Parameters:
    ///   - secret: At least ``minimumSecretBytes`` bytes that nobody can foresee. Who knows them can read recorded sessions of
    ///     TLS 1.2 that a ticket was given for, and can pass for the server towards who resumes.
    ///   - lifetime: For how long a ticket may be used.
    ///   - calendar: The time, in seconds since 1970-01-01T00:00:00Z; the processes' clocks may be half a lifetime apart.
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
