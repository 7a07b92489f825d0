// The list of what can go wrong, and who must act. It is a struct with constants and no enum, so that it can grow.

extension TLSError {
    /// What went wrong.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, fit for a metric's label.
        public let description: String
        /// Who must act when this happens.
        public let responsible: Responsible

        private init(_ name: String, _ responsible: Responsible) {
            self.description = name
            self.responsible = responsible
        }
    }
}

// MARK: - Configuration

extension TLSError.Code {
    /// A file could not be read.
    public static let fileUnreadable = Self("file-unreadable", .configuration)
    /// A certificate is missing, malformed or too weak.
    public static let certificateInvalid = Self("certificate-invalid", .configuration)
    /// A private key is missing or malformed.
    public static let keyInvalid = Self("key-invalid", .configuration)
    /// A private key is protected by a passphrase.
    public static let keyEncrypted = Self("key-encrypted", .configuration)
    /// The private key is not the certificate's.
    public static let keyMismatch = Self("key-mismatch", .configuration)
    /// A trust file holds no usable certificate.
    public static let trustInvalid = Self("trust-invalid", .configuration)
    /// OpenSSL refused a setting.
    public static let settingRefused = Self("setting-refused", .configuration)
    /// A server's name is neither a host name nor an address.
    public static let serverNameInvalid = Self("server-name-invalid", .configuration)
}

// MARK: - Handshake

extension TLSError.Code {
    /// The peer's certificate did not verify: its chain, its dates, or its name.
    public static let certificateRejected = Self("certificate-rejected", .peer)
    /// The peer sent no certificate although one is required.
    public static let certificateMissing = Self("certificate-missing", .peer)
    /// The peer accepts no protocol version that we accept.
    public static let versionRefused = Self("version-refused", .peer)
    /// Both sides have no cipher suite, group or signature algorithm in common.
    public static let nothingShared = Self("nothing-shared", .peer)
    /// Both sides have no application protocol in common (ALPN, RFC 7301 §3.2).
    public static let noApplicationProtocol = Self("no-application-protocol", .peer)
    /// The peer speaks plaintext HTTP to a TLS port.
    public static let plaintextHTTP = Self("plaintext-http", .peer)
    /// The peer's bytes are not TLS.
    public static let notTLS = Self("not-tls", .peer)
    /// The peer's messages break the protocol during the handshake.
    public static let handshakeFailed = Self("handshake-failed", .peer)
    /// The handshake was not complete in time.
    public static let handshakeTimedOut = Self("handshake-timed-out", .peer)
    /// The connection ended during the handshake.
    public static let handshakeInterrupted = Self("handshake-interrupted", .network)
}

// MARK: - Afterwards

extension TLSError.Code {
    /// The peer ended the connection with a fatal alert. ``TLSError/alert`` has its name.
    public static let alertReceived = Self("alert-received", .peer)
    /// The peer's records break the protocol, or were changed on the way.
    public static let recordInvalid = Self("record-invalid", .peer)
    /// The connection ended without close_notify: data may be missing (RFC 8446 §6.1).
    public static let truncated = Self("truncated", .network)
    /// OpenSSL failed in a way that no peer and no configuration should cause.
    public static let internalFailure = Self("internal-failure", .ourselves)
}
