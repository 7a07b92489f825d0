import Foundation
import StrictJSON
import Testing

@testable import TokenAuth

/// Keys and tokens of every algorithm as joserfc and PyJWT make them (`Fixtures/make-library-fixtures.py`).
@Suite struct LibraryTokenTests {
    struct Fixtures {
        var privateKeys: [String] = []
        var publicKeys: [String] = []
        var tokens: [(library: String, keyID: String, token: String)] = []

        init() throws {
            let file = Bundle.module.url(forResource: "libraries", withExtension: "json", subdirectory: "Fixtures")
            var reader = try JSONReader(Array(Data(contentsOf: try #require(file))))
            var members = try reader.beginObject()
            while let name = try reader.nextMember(of: &members) {
                guard name != "madeWith" else {
                    try reader.skipValue()
                    continue
                }
                var array = try reader.beginArray()
                while try reader.nextElement(of: &array) {
                    if name == "keys" { try readKey(&reader) } else { try readToken(&reader) }
                }
            }
        }

        private mutating func readKey(_ reader: inout JSONReader) throws {
            var members = try reader.beginObject()
            while let name = try reader.nextMember(of: &members) {
                let key = String(decoding: try reader.readRaw(), as: UTF8.self)
                if name == "private" { privateKeys.append(key) } else { publicKeys.append(key) }
            }
        }

        private mutating func readToken(_ reader: inout JSONReader) throws {
            var values: [String: String] = [:]
            var members = try reader.beginObject()
            while let name = try reader.nextMember(of: &members) { values[name] = try reader.readString() }
            tokens.append((values["library"] ?? "", values["kid"] ?? "", values["token"] ?? ""))
        }

        func privateSet() throws -> KeySet { try Self.set(privateKeys) }
        func publicSet() throws -> KeySet { try Self.set(publicKeys) }

        static func set(_ keys: [String], source: KeySet.Source = .operator) throws -> KeySet {
            try KeySet(jwks: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8), source: source)
        }
    }

    @Test func `are verified`() throws {
        let fixtures = try Fixtures()
        let verifier = TokenVerifier(keys: try fixtures.publicSet(), policy: TokenPolicy())
        #expect(fixtures.tokens.count == 27 && fixtures.publicKeys.count == 14)
        for (library, keyID, token) in fixtures.tokens {
            let claims = try verifier.outcome(token).get()
            #expect(claims.subject == "alice" && claims.keyID == keyID && claims.tokenID == "1-2-3", "\(library)")
            #expect(claims.grants.maySubscribe(toTopic: "news"))
        }
    }

    @Test func `a provider's set has the public ones`() throws {
        let fixtures = try Fixtures()
        let keys = try Fixtures.set(fixtures.publicKeys, source: .provider)
        #expect(keys.keys.count == 11 && keys.skipped.counts == [.symmetric: 3])
        let privates = #expect(throws: KeySetError.self) { try Fixtures.set(fixtures.privateKeys, source: .provider) }
        #expect(privates?.code == .empty)
    }

    @Test func `each private key signs what its public half verifies`() throws {
        let fixtures = try Fixtures()
        let (signing, verifying) = (try fixtures.privateSet(), try fixtures.publicSet())
        let verifier = TokenVerifier(keys: verifying, policy: TokenPolicy())
        for key in signing.keys {
            let issuer = try TokenIssuer(keys: signing, keyID: key.keyID)
            let token = try issuer.issue(subject: "zoë", lifetimeSeconds: 60, now: Forge.now)
            let claims = try verifier.outcome(token).get()
            #expect(claims.subject == "zoë" && claims.key == key.mark, "a private key has the mark of its public half")
        }
        #expect(Set(signing.keys.map(\.mark)).count == signing.keys.count)
    }

    @Test func `no bit of a signature may change, and no other length is one`() throws {
        let fixtures = try Fixtures()
        let verifier = TokenVerifier(keys: try fixtures.publicSet(), policy: TokenPolicy())
        for (_, keyID, token) in fixtures.tokens {
            let parts = token.split(separator: ".")
            let signature = try #require(Base64URL.decode(Array(parts[2].utf8)[...]))
            func outcome(_ changed: [UInt8]) -> TokenRefusal.Code? {
                verifier.code("\(parts[0]).\(parts[1]).\(Forge.encode(changed))")
            }
            for index in stride(from: 0, to: signature.count, by: 7) {
                var changed = signature
                changed[index] ^= 1 << UInt8(index % 8)
                #expect(outcome(changed) == .signature, "\(keyID) byte \(index)")
            }
            for changed in [
                [], [0] + signature, signature + [0], Array(signature.dropLast()), Array(signature.dropFirst()),
            ] {
                #expect(outcome(changed) == .signature, "\(keyID) of \(changed.count) bytes")
            }
        }
    }

    @Test func `many threads verify with one key at once`() async throws {
        let fixtures = try Fixtures()
        let verifier = TokenVerifier(keys: try fixtures.publicSet(), policy: TokenPolicy())
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    fixtures.tokens.count { verifier.code($0.token) == nil }
                }
            }
            for await good in group { #expect(good == fixtures.tokens.count) }
        }
    }
}
