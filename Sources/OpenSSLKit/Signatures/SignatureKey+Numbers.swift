// From numbers to keys. What is no key of its kind is refused here: a point beside the curve, an even modulus, a point
// of small order.

internal import COpenSSL

extension SignatureKey {
    /// An RSA key. How many bits it has to have is the caller's rule.
    ///
    /// - Parameters:
    ///   - rsa: its numbers.
    ///   - scheme: `rsaPKCS1` or `rsaPSS`.
    /// - Throws: ``OpenSSLFailure`` when it is none, or its halves do not belong together.
    ///
    /// Of a public key alone it is not looked at whether its modulus is a product: OpenSSL tries it for a prime, which
    /// takes a tenth of a second and more at 8192 bits, and says nothing against whoever has chosen the modulus.
    package convenience init(_ rsa: RSANumbers, scheme: SignatureScheme) throws(OpenSSLFailure) {
        guard let last = rsa.modulus.last, last & 1 == 1 else {
            throw OpenSSLFailure(kind: .other, reason: "an even modulus, which no product of two large primes is")
        }
        var parameters = KeyParameters()
        parameters.number("n", rsa.modulus)
        parameters.number("e", rsa.exponent)
        if let secret = rsa.secret {
            parameters.number("d", secret.exponent)
            if let primes = secret.primes {
                parameters.number("rsa-factor1", primes.p)
                parameters.number("rsa-factor2", primes.q)
                parameters.number("rsa-exponent1", primes.dp)
                parameters.number("rsa-exponent2", primes.dq)
                parameters.number("rsa-coefficient1", primes.qi)
            }
        }
        let isPrivate = rsa.secret != nil
        let key = try Self.checked(parameters, "RSA", isPrivate: isPrivate)
        try self.init(takingOwnership: key, scheme: scheme, isPrivate: isPrivate)
    }

    /// A key on a curve of ECDSA.
    ///
    /// - Parameters:
    ///   - point: its numbers.
    ///   - hash: what messages are hashed with.
    /// - Throws: ``OpenSSLFailure`` when the point is not on the curve, or the halves do not belong together.
    package convenience init(_ point: CurvePoint, hash: HashAlgorithm) throws(OpenSSLFailure) {
        var parameters = KeyParameters()
        parameters.text("group", point.curve.providerName)
        // SEC 1 §2.3.3, not compressed.
        parameters.octets("pub", [4] + point.x + point.y)
        if let secret = point.secret { parameters.number("priv", secret) }
        let isPrivate = point.secret != nil
        let key = try Self.checked(parameters, "EC", isPrivate: isPrivate)
        try self.init(takingOwnership: key, scheme: .ecdsa(hash, point.curve), isPrivate: isPrivate)
    }

    /// An Ed25519 key.
    ///
    /// - Parameters:
    ///   - publicKey: 32 bytes.
    ///   - seed: the private key, 32 bytes, if it is one.
    /// - Throws: ``OpenSSLFailure`` when the point has a small order, or the halves do not belong together.
    package convenience init(ed25519 publicKey: [UInt8], seed: [UInt8]? = nil) throws(OpenSSLFailure) {
        guard !SmallOrder.isEncoded(publicKey) else {
            throw OpenSSLFailure(kind: .other, reason: "a point of small order, which signs anything")
        }
        ErrorQueue.clear()
        let made =
            seed.map { EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, $0, $0.count) }
            ?? EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, publicKey, publicKey.count)
        guard let key = made else { throw .fromQueue("EVP_PKEY_new_raw_public_key_ex") }
        // The public half is derived from the seed: is it the one that was said?
        var (derived, count) = ([UInt8](repeating: 0, count: 32), 32)
        guard EVP_PKEY_get_raw_public_key(key, &derived, &count) == 1, derived == publicKey else {
            EVP_PKEY_free(key)
            throw OpenSSLFailure(kind: .other, reason: "its private and its public half do not belong together")
        }
        try self.init(takingOwnership: key, scheme: .ed25519, isPrivate: seed != nil)
    }

    /// The public half of an Ed25519 key (RFC 8032 §5.1.5).
    ///
    /// - Parameter seed: the private key, 32 bytes.
    /// - Throws: ``OpenSSLFailure`` when it has not 32 bytes, or OpenSSL fails.
    package static func ed25519PublicKey(of seed: [UInt8]) throws(OpenSSLFailure) -> [UInt8] {
        ErrorQueue.clear()
        guard let key = EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, seed, seed.count) else {
            throw .fromQueue("EVP_PKEY_new_raw_private_key_ex")
        }
        defer { EVP_PKEY_free(key) }
        var (publicKey, count) = ([UInt8](repeating: 0, count: 32), 32)
        guard EVP_PKEY_get_raw_public_key(key, &publicKey, &count) == 1, count == 32 else {
            throw .fromQueue("EVP_PKEY_get_raw_public_key")
        }
        return publicKey
    }

    /// - Returns: an `EVP_PKEY` at +1 whose public half is what its kind asks for.
    private static func checked(
        _ parameters: KeyParameters, _ type: String, isPrivate: Bool
    ) throws(OpenSSLFailure) -> OpaquePointer {
        ErrorQueue.clear()
        guard let key = parameters.makeKey(type, isPrivate: isPrivate) else { throw .fromQueue("EVP_PKEY_fromdata") }
        if type == "RSA", !isPrivate { return key }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else {
            EVP_PKEY_free(key)
            throw .fromQueue("EVP_PKEY_CTX_new_from_pkey")
        }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1 else {
            EVP_PKEY_free(key)
            throw .fromQueue("EVP_PKEY_public_check")
        }
        return key
    }
}

/// Ed25519's points of order 1, 2, 4 and 8, by which signatures are valid that nobody made. RFC 8032 leaves them to the
/// verifier, and OpenSSL takes them for keys.
private enum SmallOrder {
    /// Whether a public key is one of them, also in the encodings that RFC 8032 §5.1.3 does not allow.
    static func isEncoded(_ publicKey: [UInt8]) -> Bool {
        guard publicKey.count == 32 else { return false }
        // The sign of x, which each of them may have or not.
        let y = publicKey.dropLast() + [publicKey[31] & 0x7f]
        return ordinates.contains(Array(y))
    }

    private static let p: [UInt8] = [0xed] + Array(repeating: 0xff, count: 30) + [0x7f]
    private static let ordinates: [[UInt8]] = [
        Array(repeating: 0, count: 32), [1] + Array(repeating: 0, count: 31),
        [0xec] + p.dropFirst(), p, [0xee] + p.dropFirst(),
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
}
