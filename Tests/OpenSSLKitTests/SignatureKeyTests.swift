import Testing

@testable import OpenSSLKit

/// Signatures by plain numbers. Tokens are not known here: the vectors of JOSE are TokenAuth's to hold.
@Suite struct SignatureKeyTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).map { $0 < 0x3a ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// A span can't stand within `#expect`.
    private func isValid(_ signature: [UInt8], of message: [UInt8], by key: SignatureKey) -> Bool {
        key.isValid(signature.span, for: message.span)
    }

    // RFC 8032 §7.1, test 2.
    private static let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    private static let publicKey = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    private static let signature = bytes(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")

    @Test func `RFC 8032 section 7_1, test 2`() throws {
        let message: [UInt8] = [0x72]
        let key = try SignatureKey(ed25519: Self.publicKey, seed: Self.seed)
        let made = try key.signature(for: message.span)
        #expect(made == Self.signature)
        let publicHalf = try SignatureKey(ed25519: Self.publicKey)
        #expect(isValid(Self.signature, of: message, by: publicHalf))
        #expect(key.isPrivate && !publicHalf.isPrivate && key.signatureBytes == 64)
        let other: [UInt8] = [0x73]
        #expect(!isValid(Self.signature, of: other, by: publicHalf))
    }

    @Test func `a public key signs nothing`() throws {
        let message: [UInt8] = [0x72]
        let key = try SignatureKey(ed25519: Self.publicKey)
        #expect(throws: OpenSSLFailure.self) { _ = try key.signature(for: message.span) }
    }

    // RFC 6979 §A.2.5.
    private static let x = bytes("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
    private static let y = bytes("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299")
    private static let secret = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")

    @Test func `RFC 6979 section A_2_5, and what its key signs`() throws {
        let message = Array("sample".utf8)
        let publicHalf = try SignatureKey(CurvePoint(.p256, x: Self.x, y: Self.y), hash: .sha256)
        let published = Self.bytes(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                + "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
        #expect(isValid(published, of: message, by: publicHalf))
        let key = try SignatureKey(CurvePoint(.p256, x: Self.x, y: Self.y, secret: Self.secret), hash: .sha256)
        // Of so many, some have a number that is shorter than the curve's.
        for _ in 0..<1000 {
            let signature = try key.signature(for: message.span)
            #expect(signature.count == 64 && isValid(signature, of: message, by: publicHalf))
        }
    }

    @Test func `numbers of any length come out as they went in`() {
        for (first, second) in [(UInt8(0), UInt8(1)), (1, 0x80), (0x7f, 0xff), (0xff, 0)] {
            let half = EllipticCurve.p521.coordinateBytes
            let numbers =
                [UInt8](repeating: 0, count: half - 1) + [first] + [second] + [UInt8](repeating: 7, count: half - 1)
            let encoded = ECDSASignature.encode(numbers.span)
            #expect(encoded.flatMap { ECDSASignature.decode($0, .p521) } == numbers)
        }
    }

    @Test func `what is no key is refused, and nothing of it stays in the queue`() {
        let zero = [UInt8](repeating: 0, count: 32)
        let attempts: [() throws -> SignatureKey] = [
            { try SignatureKey(CurvePoint(.p256, x: zero, y: zero), hash: .sha256) },
            { try SignatureKey(CurvePoint(.p256, x: [], y: []), hash: .sha256) },
            { try SignatureKey(ed25519: zero) },
            { try SignatureKey(ed25519: [1, 2, 3]) },
            { try SignatureKey(ed25519: Self.publicKey, seed: zero) },
            { try SignatureKey(RSANumbers(modulus: [14], exponent: [3]), scheme: .rsaPKCS1(.sha256)) },
        ]
        for (index, attempt) in attempts.enumerated() {
            #expect(throws: OpenSSLFailure.self, "attempt \(index)") { try attempt() }
            // Behind each: the next one begins by clearing the queue.
            #expect(ErrorQueue.next() == nil, "attempt \(index)")
        }
    }
}
