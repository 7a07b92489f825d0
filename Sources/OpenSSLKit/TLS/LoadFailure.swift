// Why a certificate, key, trust file or setting could not be used: always something an operator can put right.

/// A refused certificate, key, trust file or setting.
package struct LoadFailure: Error, Sendable, Equatable {
    /// What was refused.
    package var kind: Kind
    /// A sentence that names the file, the problem and what to do.
    package var message: String

    /// What was refused.
    package enum Kind: Sendable, Equatable {
        /// A file could not be read.
        case fileUnreadable
        /// A certificate is missing, malformed, or refused by OpenSSL's security level.
        case certificateInvalid
        /// A private key is missing or malformed.
        case keyInvalid
        /// A private key is protected by a passphrase.
        case keyEncrypted
        /// The key is not the certificate's.
        case keyMismatch
        /// A trust file holds no usable certificate.
        case trustInvalid
        /// OpenSSL refused a setting.
        case settingRefused
    }
}
