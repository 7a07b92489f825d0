import Testing

@testable import OpenSSLKit

/// HMAC and its neighbours against published vectors, and under many threads.
@Suite struct AuthenticationTests {
    /// A test case of RFC 4231 §4. Its case 5 is about codes cut short, which there are none of here.
    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let secret: [UInt8]
        let message: [UInt8]
        let codes: [HashAlgorithm: String]
        var testDescription: String { "RFC 4231 case \(number)" }

        init(_ number: Int, _ secret: [UInt8], _ message: [UInt8], _ sha256: String, _ sha384: String, _ sha512: String)
        {
            (self.number, self.secret, self.message) = (number, secret, message)
            codes = [.sha256: sha256, .sha384: sha384, .sha512: sha512]
        }
    }

    static let vectors = [
        Vector(
            1, [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"),
        Vector(
            2, Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"),
        Vector(
            3, [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                + "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"),
        Vector(
            4, Array(1...25), [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
                + "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"),
        Vector(
            6, [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"),
        Vector(
            7, [UInt8](repeating: 0xaa, count: 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
                + "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58"),
    ]

    @Test(arguments: vectors) func `codes are RFC 4231's`(_ vector: Vector) throws {
        for (hash, expected) in vector.codes {
            let key = try HMACKey(secret: vector.secret, hash: hash)
            let code = try key.authenticationCode(for: vector.message.span)
            #expect(Self.hex(code) == expected)
            #expect(code.count == hash.byteCount)
            #expect(key.accepts(code, for: vector.message))
        }
    }

    @Test func `a code is good for its message and its key alone, and whole`() throws {
        let key = try HMACKey(secret: Array(0..<32), hash: .sha256)
        let other = try HMACKey(secret: Array(1..<33), hash: .sha256)
        let message = Array("message".utf8)
        let code = try key.authenticationCode(for: message.span)
        #expect(!other.accepts(code, for: message))
        #expect(!key.accepts(code, for: Array("messagf".utf8)))
        for index in code.indices {
            for bit in 0..<8 {
                var flipped = code
                flipped[index] ^= 1 << UInt8(bit)
                #expect(!key.accepts(flipped, for: message))
            }
            #expect(!key.accepts(Array(code[..<index]), for: message))
        }
        #expect(!key.accepts(code + [0], for: message))
    }

    @Test func `an empty message has a code`() throws {
        let key = try HMACKey(secret: [UInt8](repeating: 0, count: 32), hash: .sha256)
        let code = try key.authenticationCode(for: [UInt8]().span)
        #expect(Self.hex(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func `many threads may use one key at once`() async throws {
        let key = try HMACKey(secret: Array(0..<64), hash: .sha512)
        let expected = try (0..<64).map { number in try key.authenticationCode(for: [UInt8(number)].span) }
        let agree = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<2000).allSatisfy { key.accepts(expected[$0 % 64], for: [UInt8($0 % 64)]) }
                }
            }
            return await group.reduce(true) { $0 && $1 }
        }
        #expect(agree)
    }

    @Test func `digests are FIPS 180-4's`() throws {
        #expect(
            Self.hex(try Self.digest("abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Self.hex(try Self.digest(""))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `comparison looks at lengths and bytes`() {
        #expect(Self.areEqual([], []))
        #expect(Self.areEqual([1, 2, 3], [1, 2, 3]))
        #expect(!Self.areEqual([1, 2, 3], [1, 2, 4]))
        #expect(!Self.areEqual([1, 2, 3], [1, 2]))
        #expect(!Self.areEqual([], [0]))
    }

    @Test func `random bytes are as many as asked for, and differ`() {
        #expect(SecureRandom.bytes(0).isEmpty && SecureRandom.bytes(-1).isEmpty)
        let draws = (0..<100).map { _ in SecureRandom.bytes(16) }
        #expect(Set(draws).count == 100 && draws.allSatisfy { $0.count == 16 })
        var generator = SecureRandom()
        #expect(Set((0..<100).map { _ in generator.next() }).count == 100)
    }

    private static func digest(_ text: String) throws -> [UInt8] { try Digest.sha256(Array(text.utf8).span) }

    private static func areEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        ConstantTime.areEqual(first.span, second.span)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

extension HMACKey {
    /// `#expect` takes nothing that must not escape.
    fileprivate func accepts(_ code: [UInt8], for message: [UInt8]) -> Bool { isValid(code.span, for: message.span) }
}
