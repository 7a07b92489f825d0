// A certificate with its key, as the user of this library sees it: read from PEM, and checked or refused with a reason.

internal import OpenSSLKit

/// A certificate chain with its private key, checked to match.
public struct TLSIdentity: Sendable {
    let identity: Identity

    /// The subject of the certificate (RFC 4514).
    public var subject: String { identity.subject }
    /// The DNS names and IP addresses that the certificate is for (RFC 5280 §4.2.1.6). DNS names may have a wildcard.
    public var hostNames: [String] { identity.hostNames }
    /// When the chain begins to be valid: the latest start among its certificates, in seconds since
    /// 1970-01-01T00:00:00Z.
    public var notBefore: Int64 { identity.notBefore }
    /// When the chain stops being valid: the earliest end among its certificates, in seconds since
    /// 1970-01-01T00:00:00Z.
    public var notAfter: Int64 { identity.notAfter }

    /// When the certificate itself begins to be valid, in seconds since 1970-01-01T00:00:00Z.
    public var ownNotBefore: Int64 { identity.ownNotBefore }
    /// When the certificate itself stops being valid, in seconds since 1970-01-01T00:00:00Z. A chain may have
    /// certificates that nobody needs, and that end before.
    public var ownNotAfter: Int64 { identity.ownNotAfter }

    /// Reads a chain and its key from files.
    ///
    /// - Parameters:
    ///   - certificateChainFile: The path of a PEM file: the server's or client's own certificate first, then the
    ///     intermediates.
    ///   - privateKeyFile: The path of a PEM file with the unencrypted private key (EC or RSA).
    /// - Throws: ``TLSError`` that names the file and what to do.
    public init(certificateChainFile: String, privateKeyFile: String) throws(TLSError) {
        do {
            identity = try Identity(chain: PEMText(file: certificateChainFile), key: PEMText(file: privateKeyFile))
        } catch {
            throw TLSError(error)
        }
    }

    /// Reads a chain and its key from memory.
    ///
    /// - Parameters:
    ///   - certificateChainPEM: The server's or client's own certificate first, then the intermediates.
    ///   - privateKeyPEM: The unencrypted private key (EC or RSA).
    /// - Throws: ``TLSError`` that says what is wrong.
    public init(certificateChainPEM: [UInt8], privateKeyPEM: [UInt8]) throws(TLSError) {
        do {
            identity = try Identity(
                chain: PEMText(name: "the certificate chain", bytes: certificateChainPEM),
                key: PEMText(name: "the private key", bytes: privateKeyPEM))
        } catch {
            throw TLSError(error)
        }
    }
}
