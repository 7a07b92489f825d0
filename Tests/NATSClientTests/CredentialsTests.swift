import SeededRandom
import Testing

@testable import NATSClient

@Suite struct CredentialsTests {
    /// The pair that NATS's documentation shows; nobody's.
    private static let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
    private static let publicKey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
    /// The same key with the prefix of an account, which signs no nonce.
    private static let accountSeed = "SAACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCTIMI"

    private static let file = """
        -----BEGIN NATS USER JWT-----
        eyJ0eXAiOiJKV1QifQ.e30.c2ln
        ------END NATS USER JWT------

        ************************* IMPORTANT *************************
        NKEY Seed printed below can be used to sign and prove identity.

        -----BEGIN USER NKEY SEED-----
        \(seed)
        ------END USER NKEY SEED------

        *************************************************************
        """

    // MARK: Keys

    @Test func theSeedGivesThePublicKey() throws {
        #expect(try NKey(seed: Secret(Self.seed)).publicKey == Self.publicKey)
    }

    /// As `openssl pkeyutl -sign -rawin` signs it with the same key.
    @Test func aNonceIsSigned() throws {
        let signature = try NKey(seed: Secret(Self.seed)).signature(of: "nonce")
        #expect(signature == "AVfpO7Pw3rc56hoO1OJcFxXUCfBmO2qouchBchSlL45Fuur9zS15UzytEI1QC5wwVG7uiHIdqyfmOS6uPrwqCg")
    }

    @Test(arguments: [
        "", "SU", accountSeed, publicKey, seed.lowercased(), String(seed.dropLast()), seed + "A", " " + seed,
        String(seed.dropLast(3)) + "AAA", seed.replacing("X", with: "1"),
    ])
    func isNoUsersSeed(text: String) {
        do throws(NATSError) {
            _ = try NKey(seed: Secret(text))
            Issue.record("it is one")
        } catch {
            #expect(error.code == .credentialsInvalid)
            #expect(text.isEmpty || text == "SU" || !error.message.contains(text))
        }
    }

    @Test func everyChangedLetterIsNoticed() {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        for index in Self.seed.indices {
            for letter in letters where letter != Self.seed[index] {
                var changed = Self.seed
                changed.replaceSubrange(index...index, with: [letter])
                let key = try? NKey(seed: Secret(changed))
                #expect(key == nil, "\(changed)")
            }
        }
    }

    @Test func aSeedPrintsNothing() throws {
        let key = try NKey(seed: Secret(Self.seed))
        let all = try Credentials(file: Array(Self.file.utf8))
        var dumped = ""
        dump(all, to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\(all)", String(reflecting: all), dumped] {
            #expect(!text.contains(Self.seed) && !text.contains("eyJ0"))
        }
    }

    @Test func base32HasOneTextForEachValue() {
        var generator = SeededGenerator(test: "base32")
        for count in 0..<40 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base32.decode(Base32.encode(bytes).utf8) == bytes, "SLUICE_SEED=\(generator.seed)")
        }
        // RFC 4648 §10, without padding.
        let vectors = ["": "", "f": "MY", "fo": "MZXQ", "foo": "MZXW6", "foobar": "MZXW6YTBOI"]
        for (plain, text) in vectors { #expect(Base32.encode(Array(plain.utf8)) == text) }
        for text in ["M", "MZ", "MYA", "my", "M1", "MY=====", "M Y", "MZXW6Y", "MZX"] {
            #expect(Base32.decode(text.utf8) == nil, "\(text)")
        }
    }

    // MARK: Files

    @Test(arguments: [file, file.replacing("\n", with: "\r\n"), "\n\n" + file])
    func aCredentialsFileIsRead(text: String) throws {
        guard case .jwt(let jwt, let key) = try Credentials(file: Array(text.utf8)) else {
            Issue.record("no JWT")
            return
        }
        #expect(jwt.text == "eyJ0eXAiOiJKV1QifQ.e30.c2ln")
        #expect(key.publicKey == Self.publicKey)
    }

    @Test(arguments: [seed, seed + "\n", "-----BEGIN USER NKEY SEED-----\n\(seed)\n------END USER NKEY SEED------\n"])
    func aSeedAloneIsAnNKey(text: String) throws {
        guard case .nkey(let key) = try Credentials(file: Array(text.utf8)) else {
            Issue.record("no NKey")
            return
        }
        #expect(key.publicKey == Self.publicKey)
    }

    @Test(arguments: [
        "", "\n", "hello", "-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n",
        "-----BEGIN USER NKEY SEED-----\n", "-----BEGIN USER NKEY SEED-----\n\(seed)\n",
        "-----BEGIN USER NKEY SEED-----\n------END USER NKEY SEED------\n",
        file.replacing("eyJ0", with: "a\nb"), file.replacing(accountSeed, with: "x").replacing(seed, with: accountSeed),
    ])
    func isNoCredentialsFile(text: String) {
        expect(.credentialsInvalid) { () throws(NATSError) in _ = try Credentials(file: Array(text.utf8)) }
    }

    // MARK: CONNECT

    @Test func whatIsNeededIsApplied() throws {
        let key = try NKey(seed: Secret(Self.seed))
        var options = ConnectOptions()
        try Credentials.none.apply(to: &options, nonce: nil)
        #expect(options == ConnectOptions())
        try Credentials.user("u", password: Secret("p")).apply(to: &options, nonce: nil)
        #expect(options.user == "u" && options.password == Secret("p"))
        options = ConnectOptions()
        try Credentials.token(Secret("t")).apply(to: &options, nonce: nil)
        #expect(options.token == Secret("t"))
        options = ConnectOptions()
        try Credentials.nkey(key).apply(to: &options, nonce: "nonce")
        #expect(options.nkey == Self.publicKey && options.signature?.count == 86 && options.jwt == nil)
        options = ConnectOptions()
        try Credentials.jwt(Secret("j"), key).apply(to: &options, nonce: "nonce")
        #expect(options.jwt == Secret("j") && options.signature?.count == 86 && options.nkey == nil)
    }

    @Test func withoutANonceNothingIsSigned() throws {
        let key = try NKey(seed: Secret(Self.seed))
        for credentials in [Credentials.nkey(key), .jwt(Secret("j"), key)] {
            expect(.refused) { () throws(NATSError) in
                var options = ConnectOptions()
                try credentials.apply(to: &options, nonce: nil)
            }
        }
    }
}
