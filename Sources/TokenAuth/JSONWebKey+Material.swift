// What a JWK's numbers have to be, by kind of key (RFC 7518 §6, RFC 8037 §2), and how large they may be (RFC 8725
// §3.2).

internal import OpenSSLKit

extension JSONWebKey {
    /// Makes the key that the numbers are of, and its mark.
    func material(of kind: Kind, _ place: KeyPlace) throws(KeySetError) -> (KeyMaterial, KeyMark) {
        switch (kind, place.algorithm.scheme) {
        case (.secret, .authentication(let hash)): return try secret(hash, place)
        case (.rsa, .signature(let scheme)): return try rsa(scheme, place)
        case (.curve(let curve), .signature(.ecdsa(let hash, _))): return try point(curve, hash, place)
        case (.ed25519, .signature): return try ed25519(place)
        // A kind has algorithms of its own alone.
        default: throw KeySetError(.algorithm, "\(place.text) has an alg that is none of its kind of key.")
        }
    }

    // MARK: Secrets

    private func secret(_ hash: HashAlgorithm, _ place: KeyPlace) throws(KeySetError) -> (KeyMaterial, KeyMark) {
        guard let text = parts["k"] else {
            throw KeySetError(.secret, "\(place.text) has no k: put its secret there, in base64url.")
        }
        guard let bytes = Base64URL.decode(Array(text.utf8)[...]) else {
            throw KeySetError(
                .secret, "\(place.text) has a k that is not base64url without padding (RFC 4648 section 5).")
        }
        // RFC 7518 §3.2: as many as the hash has.
        let least = hash.byteCount
        guard bytes.count >= least else {
            let rule =
                "\(place.algorithm.rawValue) needs at least \(least) (RFC 7518 section 3.2). Make a new one at random"
            throw KeySetError(.secret, "\(place.text) has a secret of \(bytes.count) bytes; \(rule).")
        }
        do throws(OpenSSLFailure) {
            let key = try HMACKey(secret: bytes, hash: hash)
            let slips = LikelySlips(text: Array(text.utf8), secret: bytes, hash: hash)
            let mark = try KeyMark(of: key, keyID: place.keyID, algorithm: place.algorithm)
            return (.secret(key, slips), mark)
        } catch {
            throw KeySetError(.secret, "\(place.text) is refused by OpenSSL: \(error.reason)")
        }
    }

    // MARK: RSA

    /// RFC 7518 §3.3, §3.5 and RFC 8725 §3.2 have 2048 bits for the least. The most bounds what a signature costs to
    /// look at.
    private static let modulusBits = 2048...8192
    /// The exponent's most bits, for the same reason. Keys in use have 2, 5 or 17.
    private static let maximumExponentBits = 33

    private func rsa(_ scheme: SignatureScheme, _ place: KeyPlace) throws(KeySetError) -> (KeyMaterial, KeyMark) {
        let (modulus, exponent) = (try number("n", place), try number("e", place))
        let bits = Self.bits(modulus)
        guard Self.modulusBits.contains(bits) else {
            let (least, most) = (Self.modulusBits.lowerBound, Self.modulusBits.upperBound)
            throw KeySetError(
                .material, "\(place.text) has \(bits) bits in n; a key for tokens has \(least) to \(most) (RFC 8725).")
        }
        guard let last = exponent.last, last & 1 == 1, exponent != [1],
            Self.bits(exponent) <= Self.maximumExponentBits
        else {
            let most = Self.maximumExponentBits
            throw KeySetError(
                .material, "\(place.text) has an e that is not odd, 3 or more, and of \(most) bits at most.")
        }
        guard !FactorableModulus.isFound(in: modulus) else {
            throw KeySetError(.material, "\(place.text) can be factored (ROCA, CVE-2017-15361): make a new key.")
        }
        let secret = try rsaSecret(place)
        return try pair([modulus, exponent], place) { () throws(OpenSSLFailure) in
            try SignatureKey(RSANumbers(modulus: modulus, exponent: exponent, secret: secret), scheme: scheme)
        }
    }

    /// RFC 7518 §6.3.2: `d` makes it private; of the rest there are all or none.
    private func rsaSecret(_ place: KeyPlace) throws(KeySetError) -> RSANumbers.Secret? {
        let names = ["p", "q", "dp", "dq", "qi"]
        let hasPrimes = names.contains { parts[$0] != nil }
        guard parts["d"] != nil else {
            guard !hasPrimes else {
                throw KeySetError(.material, "\(place.text) has primes and no d (RFC 7518 section 6.3.2).")
            }
            return nil
        }
        let exponent = try number("d", place)
        guard hasPrimes else { return RSANumbers.Secret(exponent: exponent, primes: nil) }
        let primes = RSANumbers.Primes(
            p: try number("p", place), q: try number("q", place), dp: try number("dp", place),
            dq: try number("dq", place), qi: try number("qi", place))
        return RSANumbers.Secret(exponent: exponent, primes: primes)
    }

    // MARK: Curves

    /// RFC 7518 §6.2: each number has as many bytes as the curve's coordinates.
    private func point(
        _ curve: EllipticCurve, _ hash: HashAlgorithm, _ place: KeyPlace
    ) throws(KeySetError) -> (KeyMaterial, KeyMark) {
        let count = curve.coordinateBytes
        let (x, y) = (try octets("x", count, place), try octets("y", count, place))
        let secret = parts["d"] == nil ? nil : try octets("d", count, place)
        return try pair([x, y], place) { () throws(OpenSSLFailure) in
            try SignatureKey(CurvePoint(curve, x: x, y: y, secret: secret), hash: hash)
        }
    }

    /// RFC 8037 §2.
    private func ed25519(_ place: KeyPlace) throws(KeySetError) -> (KeyMaterial, KeyMark) {
        let x = try octets("x", 32, place)
        let seed = parts["d"] == nil ? nil : try octets("d", 32, place)
        return try pair([x], place) { () throws(OpenSSLFailure) in try SignatureKey(ed25519: x, seed: seed) }
    }

    private func pair(
        _ publicNumbers: [[UInt8]], _ place: KeyPlace, _ make: () throws(OpenSSLFailure) -> SignatureKey
    ) throws(KeySetError) -> (KeyMaterial, KeyMark) {
        do throws(OpenSSLFailure) {
            let mark = try KeyMark(of: publicNumbers, keyID: place.keyID, algorithm: place.algorithm)
            return (.pair(try make()), mark)
        } catch {
            throw KeySetError(.material, "\(place.text) is no good key: \(error.reason)")
        }
    }

    // MARK: Numbers

    /// A number without the zeros before it, which some providers write (RFC 7518 §6.3.1.1).
    private func number(_ name: String, _ place: KeyPlace) throws(KeySetError) -> [UInt8] {
        let digits = try bytes(name, place).drop { $0 == 0 }
        guard !digits.isEmpty else { throw KeySetError(.material, "\(place.text) has a zero for \(name).") }
        return Array(digits)
    }

    private func octets(_ name: String, _ count: Int, _ place: KeyPlace) throws(KeySetError) -> [UInt8] {
        let bytes = try bytes(name, place)
        guard bytes.count == count else {
            throw KeySetError(
                .material, "\(place.text) has \(bytes.count) bytes in \(name), which has \(count) on its curve.")
        }
        return bytes
    }

    private func bytes(_ name: String, _ place: KeyPlace) throws(KeySetError) -> [UInt8] {
        guard let text = parts[name] else { throw KeySetError(.material, "\(place.text) has no \(name).") }
        guard let bytes = Base64URL.decode(Array(text.utf8)[...]) else {
            throw KeySetError(
                .material, "\(place.text): \(name) is not base64url without padding (RFC 4648 section 5).")
        }
        return bytes
    }

    private static func bits(_ number: [UInt8]) -> Int {
        guard let first = number.first else { return 0 }
        return number.count * 8 - first.leadingZeroBitCount
    }
}
