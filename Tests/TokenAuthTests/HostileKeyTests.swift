import Foundation
import Testing

@testable import TokenAuth

/// Keys that are none or that anyone could use, and tokens that play one kind of key against another.
@Suite struct HostileKeyTests {
    private let fixtures: LibraryTokenTests.Fixtures

    init() throws { fixtures = try LibraryTokenTests.Fixtures() }

    private func key(_ keyID: String, isPrivate: Bool = false) throws -> String {
        let keys = isPrivate ? fixtures.privateKeys : fixtures.publicKeys
        return try #require(keys.first { $0.contains("\"kid\": \"\(keyID)\"") })
    }

    private func member(_ name: String, of key: String) throws -> String {
        let start = try #require(key.range(of: "\"\(name)\": \"")).upperBound
        return String(key[start...].prefix { $0 != "\"" })
    }

    private func error(_ keys: String...) throws -> KeySetError {
        try #require(throws: KeySetError.self) { try LibraryTokenTests.Fixtures.set(keys) }
    }

    private func provider(_ keys: [String]) throws -> KeySet {
        try LibraryTokenTests.Fixtures.set(keys, source: .provider)
    }

    private func verifier() throws -> TokenVerifier {
        TokenVerifier(keys: try fixtures.publicSet(), policy: TokenPolicy())
    }

    // MARK: Confusion

    @Test(arguments: ["rs256", "ps256", "es256", "eddsa"])
    func `a public key is no secret`(_ keyID: String) throws {
        let key = try key(keyID)
        let numbers = try member(keyID.contains("s2") && keyID.first != "e" ? "n" : "x", of: key)
        for secret in [Array(key.utf8), Array(numbers.utf8), Base64URL.decode(Array(numbers.utf8)[...]) ?? []] {
            let token = try Forge(keyID: keyID, algorithm: .hs256, secret: secret).token()
            #expect(try verifier().code(token) == .algorithm)
            let nameless = try Forge(keyID: keyID, algorithm: .hs256, secret: secret)
                .token(header: #"{"alg":"HS256"}"#)
            let provider = TokenVerifier(keys: try provider([key]), policy: TokenPolicy())
            #expect(provider.code(nameless) == .keyUnknown)
        }
    }

    @Test func `one RSA key does not verify what another scheme signed`() throws {
        let algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
        let key = try key("rs256", isPrivate: true)
        for signing in algorithms {
            let keys = try LibraryTokenTests.Fixtures.set([key.replacing("RS256", with: signing)])
            let token = try TokenIssuer(keys: keys).issue(subject: "a", lifetimeSeconds: 60, now: Forge.now)
            let parts = token.split(separator: ".")
            for verifying in algorithms {
                let keys = try LibraryTokenTests.Fixtures.set([key.replacing("RS256", with: verifying)])
                let verifier = TokenVerifier(keys: keys, policy: TokenPolicy())
                #expect(verifier.code(token) == (signing == verifying ? nil : .algorithm))
                let header = Forge.encode(#"{"alg":"\#(verifying)","kid":"rs256"}"#)
                #expect(verifier.code("\(header).\(parts[1]).\(parts[2])") == .signature, "\(signing) \(verifying)")
            }
        }
    }

    // MARK: Signatures

    private func outcome(_ keyID: String, _ change: ([UInt8]) -> [UInt8]) throws -> TokenRefusal? {
        let token = try #require(fixtures.tokens.first { $0.keyID == keyID }).token
        let parts = token.split(separator: ".")
        let signature = try #require(Base64URL.decode(Array(parts[2].utf8)[...]))
        let changed = "\(parts[0]).\(parts[1]).\(Forge.encode(change(signature)))"
        guard case .failure(let refusal) = try verifier().outcome(changed) else { return nil }
        return refusal
    }

    /// The order of P-256.
    private static let order: [UInt8] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ]

    /// CVE-2022-21449 and its kin.
    @Test func `zero and what is beyond the order are no part of a signature`() throws {
        let (zero, one) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 31) + [1])
        let most = [UInt8](repeating: 0xff, count: 32)
        for r in [zero, one, Self.order, most] {
            for s in [zero, one, Self.order, most] {
                #expect(try outcome("es256") { _ in r + s }?.code == .signature)
            }
            #expect(try outcome("es256") { r + $0.suffix(32) }?.code == .signature)
            #expect(try outcome("es256") { $0.prefix(32) + r }?.code == .signature)
        }
        for keyID in ["es384", "es512", "eddsa", "rs256", "ps256"] {
            for byte in [UInt8(0), 1, 0xff] {
                #expect(try outcome(keyID) { $0.map { _ in byte } }?.code == .signature, "\(keyID)")
            }
        }
    }

    @Test func `DER is refused, and told to be DER`() throws {
        func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
            let digits = Array(bytes.drop { $0 == 0 })
            let number = (digits.first ?? 0) >= 0x80 ? [0] + digits : digits
            return [2, UInt8(number.count)] + number
        }
        let refusal = try outcome("es256") { signature in
            let body = integer(signature.prefix(32)) + integer(signature.suffix(32))
            return [0x30, UInt8(body.count)] + body
        }
        #expect(refusal?.code == .signature && refusal?.detail.contains("DER") == true)
    }

    /// RFC 8032 §5.1.7: S is below the group's order, else one signature could be written in several ways.
    @Test func `an Ed25519 signature is written in one way`() throws {
        let order: [UInt8] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ]
        let refusal = try outcome("eddsa") { signature in
            var (sum, carry) = (signature, 0)
            for index in 0..<32 {
                let digit = Int(signature[32 + index]) + Int(order[index]) + carry
                (sum[32 + index], carry) = (UInt8(digit & 0xff), digit >> 8)
            }
            return sum
        }
        #expect(refusal?.code == .signature)
    }

    // MARK: Keys

    @Test func `points beside the curve, on another one or of the wrong length`() throws {
        let key = try key("es256")
        let (x, y) = (try member("x", of: key), try member("y", of: key))
        let zero = Forge.encode([UInt8](repeating: 0, count: 32))
        for changed in [
            key.replacing(y, with: x), key.replacing(x, with: zero).replacing(y, with: zero),
            key.replacing(y, with: y.dropLast(2)), key.replacing(x, with: "AA" + x), key.replacing(x, with: ""),
            key.replacing("\"y\"", with: "\"z\""),
            key.replacing("P-256", with: "P-384").replacing("ES256", with: "ES384"),
            key.replacing(x, with: try member("x", of: self.key("eddsa"))),
        ] {
            #expect(try error(changed).code == .material, "\(changed)")
        }
        #expect(try error(key.replacing("P-256", with: "P-384")).code == .algorithm)
        #expect(try error(key.replacing("P-256", with: "secp256k1")).code == .keyType)
        #expect(try error(try self.key("eddsa").replacing("Ed25519", with: "Ed448")).code == .keyType)
    }

    private func rsa(_ modulus: [UInt8], _ exponent: [UInt8] = [1, 0, 1]) -> String {
        #"{"kty":"RSA","kid":"r","n":"\#(Forge.encode(modulus))","e":"\#(Forge.encode(exponent))"}"#
    }

    @Test func `RSA numbers that are too small, too large or none`() throws {
        let good = try #require(Base64URL.decode(Array(try member("n", of: key("rs256")).utf8)[...]))
        _ = try LibraryTokenTests.Fixtures.set([rsa(good), rsa([0] + good).replacing("\"r\"", with: "\"s\"")])
        let moduli: [[UInt8]] = [
            Array(good.prefix(128)), Array(good.suffix(255)), [0x7f] + good.dropFirst(), [], [0], [1],
            [UInt8](repeating: 0xff, count: 1025), good.dropLast() + [good[255] & 0xfe],
            [0x80] + [UInt8](repeating: 0, count: 254) + [1, 0],
        ]
        for modulus in moduli {
            #expect(try error(rsa(modulus)).code == .material, "\(modulus.count) bytes")
        }
        let exponents: [[UInt8]] = [
            [], [0], [1], [0, 1], [2], [4], [1, 0, 0], [2, 0, 0, 0, 1], [UInt8](repeating: 3, count: 256),
        ]
        for exponent in exponents {
            #expect(try error(rsa(good, exponent)).code == .material, "\(exponent)")
        }
        for exponent in [[3], [17], [1, 0, 0, 0, 1]] as [[UInt8]] {
            _ = try LibraryTokenTests.Fixtures.set([rsa(good, exponent)])
        }
    }

    /// To try moduli for primes would take a provider's largest set ten seconds and more, on threads that reloads and
    /// sign-outs share. A prime (here of Mersenne's) makes a bad key for its owner, and for nobody else.
    @Test func `moduli are not tried for primes`() throws {
        let prime = [0x07] + [UInt8](repeating: 0xff, count: 275)
        _ = try LibraryTokenTests.Fixtures.set([rsa(prime)])
        var random = SystemRandomNumberGenerator()
        let keys = (0..<100).map { index in
            let middle = (0..<1022).map { _ in UInt8.random(in: 0...255, using: &random) }
            return rsa([0xc0] + middle + [1]).replacing("\"r\"", with: "\"\(index)\"")
        }
        var count = 0
        let time = try ContinuousClock().measure { count = try provider(keys).keys.count }
        #expect(count == 100 && time < .seconds(3), "100 keys of 8192 bits: \(count) in \(time)")
    }

    /// By such a key, signatures are valid that nobody made.
    @Test func `Ed25519 points of small order`() throws {
        let one = [1] + [UInt8](repeating: 0, count: 31)
        let most = [UInt8](repeating: 0xff, count: 30)
        for point in [
            one, one.dropLast() + [0x80], [UInt8](repeating: 0, count: 32), [0xec] + most + [0x7f],
            [0xed] + most + [0x7f], [0xee] + most + [0xff],
        ] {
            let jwk = #"{"kty":"OKP","crv":"Ed25519","kid":"o","x":"\#(Forge.encode(point))"}"#
            #expect(try error(jwk).code == .material)
        }
    }

    @Test(arguments: ["rs256", "es256", "es384", "es512", "eddsa"])
    func `halves of two keys are no key`(_ keyID: String) throws {
        var mine = try key(keyID, isPrivate: true)
        // With its primes, an RSA key signs rightly whatever `d` is.
        for name in ["p", "q", "dp", "dq", "qi"] { mine = mine.replacing("\"\(name)\":", with: "\"x-\(name)\":") }
        let other = keyID == "eddsa" ? "ed25519" : keyID == "rs256" ? "rs384" : nil
        let theirs = try other.map { try member("d", of: key($0, isPrivate: true)) }
        let d = try member("d", of: mine)
        let changed = theirs ?? (d.dropLast(3) + (d.hasSuffix("AAA") ? "BAA" : "AAA"))
        #expect(try error(mine.replacing("\"d\": \"\(d)", with: "\"d\": \"\(changed)")).code == .material)
        _ = try LibraryTokenTests.Fixtures.set([mine])
    }

    @Test func `an RSA key without its primes signs, and one with some of them is refused`() throws {
        var key = try key("rs256", isPrivate: true)
        for name in ["p", "q", "dp", "dq", "qi"] { key = key.replacing("\"\(name)\"", with: "\"x-\(name)\"") }
        let keys = try LibraryTokenTests.Fixtures.set([key])
        let token = try TokenIssuer(keys: keys).issue(subject: "a", lifetimeSeconds: 60, now: Forge.now)
        #expect(TokenVerifier(keys: keys, policy: TokenPolicy()).code(token) == nil)
        #expect(try error(key.replacing("\"x-p\"", with: "\"p\"")).code == .material)
        #expect(
            try error(key.replacing("\"d\"", with: "\"x-d\"").replacing("\"x-p\"", with: "\"p\"")).code == .material)
        #expect(try error(key.replacing("\"e\"", with: "\"oth\":[],\"e\"")).code == .material)
    }

    @Test func `an algorithm is its kind of key's, and derived where it is missing`() throws {
        for (keyID, name) in [("rs512", "RS256"), ("ps256", "RS256"), ("es512", "ES512"), ("ed25519", "EdDSA")] {
            let key = try key(keyID).replacing("\"alg\"", with: "\"x-alg\"")
            #expect(try LibraryTokenTests.Fixtures.set([key]).keys.map(\.algorithm.rawValue) == [name])
        }
        for (keyID, from, to) in [
            ("rs256", "RS256", "ES256"), ("rs256", "RS256", "HS256"), ("eddsa", "EdDSA", "ES256"),
        ] {
            #expect(
                try error(try key(keyID).replacing("\"alg\": \"\(from)", with: "\"alg\": \"\(to)")).code == .algorithm)
        }
    }
}
