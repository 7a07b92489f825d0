import Foundation
import StrictJSON
import Testing

@testable import TokenAuth

/// Tokens and keys made by another implementation (`Fixtures/make-fixtures.py`).
@Suite struct ForeignTokenTests {
    struct Fixtures {
        var keys: [UInt8] = []
        var tokens: [[String: String]] = []

        init() throws {
            let file = try #require(
                Bundle.module.url(forResource: "joserfc", withExtension: "json", subdirectory: "Fixtures"))
            var reader = try JSONReader(Array(Data(contentsOf: file)))
            var members = try reader.beginObject()
            while let name = try reader.nextMember(of: &members) {
                switch name {
                case "jwks": keys = Array(try reader.readRaw())
                case "tokens": try readTokens(&reader)
                default: try reader.skipValue()
                }
            }
        }

        private mutating func readTokens(_ reader: inout JSONReader) throws {
            var array = try reader.beginArray()
            while try reader.nextElement(of: &array) {
                var token: [String: String] = [:]
                var members = try reader.beginObject()
                while let name = try reader.nextMember(of: &members) { token[name] = try reader.readString() }
                tokens.append(token)
            }
        }
    }

    @Test func `are verified`() throws {
        let fixtures = try Fixtures()
        let verifier = TokenVerifier(keys: try KeySet(jwks: fixtures.keys), policy: TokenPolicy())
        #expect(fixtures.tokens.count == 25)
        for token in fixtures.tokens {
            let claims = try verifier.outcome(try #require(token["token"])).get()
            #expect(claims.subject == token["subject"] && claims.keyID == token["kid"])
            #expect(claims.expiresAt.secondsSinceEpoch == 1_800_003_600)
            let isGranted = token["name"] == "grants"
            #expect(claims.grants.isAdmin == isGranted && claims.grants.mayPublishToEveryone == isGranted)
            #expect(claims.grants.maySubscribe(toTopic: "rooms/7") == isGranted)
            #expect(claims.tokenID == (isGranted ? "1-2-3" : nil))
        }
    }

    @Test func `are verified by their own key alone`() throws {
        let fixtures = try Fixtures()
        let others = try KeySet(jwks: Array(#"{"keys":[\#(Forge.hs256.jwk)]}"#.utf8))
        let verifier = TokenVerifier(keys: others, policy: TokenPolicy())
        for token in fixtures.tokens { #expect(verifier.code(try #require(token["token"])) == .keyUnknown) }
    }
}
