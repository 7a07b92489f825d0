// HMAC (RFC 2104) through OpenSSL's EVP_MAC. Makes and checks codes; knows nothing of tokens.

internal import COpenSSL

/// A secret to authenticate messages with.
///
/// The secret is hashed into its inner and outer state once. Each code begins with a duplicate of that template.
///
/// Unchecked because it holds a C pointer: the template is written to in `init` alone. `EVP_MAC_CTX_dup` takes it as
/// `const` and counts the references of what both share atomically, so any number of threads may duplicate it at once.
package final class HMACKey: @unchecked Sendable {
    /// The hash function of the codes.
    package let hash: HashAlgorithm
    private let template: OpaquePointer

    /// - Parameters:
    ///   - secret: the key; how long it has to be is the caller's rule. OpenSSL wipes its copy when the key goes.
    ///   - hash: the hash function.
    /// - Throws: ``OpenSSLFailure`` when the loaded providers have no HMAC, or refuse this secret.
    package init(secret: [UInt8], hash: HashAlgorithm) throws(OpenSSLFailure) {
        ErrorQueue.clear()
        guard let context = Self.makeContext() else { throw .fromQueue("EVP_MAC_CTX_new") }
        self.hash = hash
        self.template = context
        guard Self.initialize(context, secret: secret, hash: hash) else { throw .fromQueue("EVP_MAC_init") }
    }

    deinit { EVP_MAC_CTX_free(template) }

    /// The code of a message.
    ///
    /// - Parameter message: what is authenticated.
    /// - Returns: as many bytes as the hash has.
    /// - Throws: ``OpenSSLFailure`` when OpenSSL has no memory.
    package func authenticationCode(for message: Span<UInt8>) throws(OpenSSLFailure) -> [UInt8] {
        ErrorQueue.clear()
        var code = [UInt8](repeating: 0, count: hash.byteCount)
        let isDone = code.withUnsafeMutableBufferPointer { compute(message, into: $0) }
        guard isDone else { throw .fromQueue("EVP_MAC_final") }
        return code
    }

    /// Whether a code is this message's, in a time that does not tell how much of it is right.
    ///
    /// - Parameters:
    ///   - code: what came with the message; of any length.
    ///   - message: what is authenticated.
    /// - Returns: false also when OpenSSL fails.
    package func isValid(_ code: Span<UInt8>, for message: Span<UInt8>) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: hash.byteCount) { expected in
            guard compute(message, into: expected) else {
                ErrorQueue.clear()
                return false
            }
            return ConstantTime.areEqual(code, expected.span)
        }
    }

    private func compute(_ message: Span<UInt8>, into code: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard let context = EVP_MAC_CTX_dup(template) else { return false }
        defer { EVP_MAC_CTX_free(context) }
        let isRead = message.withUnsafeBufferPointer { bytes in
            bytes.isEmpty || EVP_MAC_update(context, bytes.baseAddress, bytes.count) == 1
        }
        var count = 0
        return isRead && EVP_MAC_final(context, code.baseAddress, &count, code.count) == 1 && count == code.count
    }

    // MARK: The template

    /// - Returns: a context at +1, which holds the algorithm alive.
    private static func makeContext() -> OpaquePointer? {
        guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(mac) }
        return EVP_MAC_CTX_new(mac)
    }

    private static func initialize(_ context: OpaquePointer, secret: [UInt8], hash: HashAlgorithm) -> Bool {
        var name = Array(hash.providerName.utf8CString)
        return name.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(sluice_OSSL_MAC_PARAM_DIGEST(), name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, secret, secret.count, parameters) == 1
        }
    }
}

// The hash functions of this house: the SHA-2 family (FIPS 180-4), as JWA has it (RFC 7518 §3.2).

/// A hash function.
package enum HashAlgorithm: Int, Sendable, CaseIterable {
    case sha256, sha384, sha512

    /// How many bytes a digest has, and an authentication code made with it.
    package var byteCount: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// How many bytes it takes in at once.
    var blockBytes: Int { self == .sha256 ? 64 : 128 }

    /// The name that OpenSSL's providers know it by.
    var providerName: String {
        switch self {
        case .sha256: "SHA2-256"
        case .sha384: "SHA2-384"
        case .sha512: "SHA2-512"
        }
    }

    /// OpenSSL's `EVP_MD` of it, which is static.
    var function: OpaquePointer? {
        switch self {
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}

// Hashes of whole messages. Not for passwords, and not for authenticating: see HMACKey.

/// Hash values (FIPS 180-4).
package enum Digest {
    /// The SHA-256 digest of a message.
    ///
    /// - Parameter message: what is hashed.
    /// - Returns: 32 bytes.
    /// - Throws: ``OpenSSLFailure`` when OpenSSL has no memory.
    package static func sha256(_ message: Span<UInt8>) throws(OpenSSLFailure) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.byteCount)
        ErrorQueue.clear()
        let result = message.withUnsafeBufferPointer {
            EVP_Digest($0.baseAddress, $0.count, &digest, nil, sha256, nil)
        }
        guard result == 1 else { throw .fromQueue("EVP_Digest") }
        return digest
    }

    /// With the static one OpenSSL looks for the provider's each time, under locks. It is never changed, and lives as
    /// long as the process.
    nonisolated(unsafe) private static let sha256 = EVP_MD_fetch(nil, HashAlgorithm.sha256.providerName, nil)
}

// Comparing what only one side may know.

/// Comparisons whose time does not depend on the bytes.
package enum ConstantTime {
    /// Whether two byte strings are the same. Their lengths are no secret: different ones are told at once.
    ///
    /// - Parameters:
    ///   - first: one of them.
    ///   - second: the other.
    package static func areEqual(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        guard first.count > 0 else { return true }
        return first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0
            }
        }
    }
}
