// A header that came before is not decoded again. What a token comes to must not tell.

import Testing

@testable import TokenAuth

@Suite struct KnownTokenHeaderTests {
    @Test func `behind a good token, each token comes to what it comes to by itself`() throws {
        let (forge, other) = (Forge.hs256, Forge.hs384)
        let good = try forge.token()
        let tokens = [
            try forge.token(#"{"sub":"bob","exp":1800003600}"#),
            try other.token(),
            // The header that is known, over another signature, other claims, and none.
            try other.token(header: forge.header),
            good.split(separator: ".")[0] + ".e30." + good.split(separator: ".")[2],
            good.split(separator: ".")[0] + "..",
            // Nearly the one that is known.
            try forge.token(header: forge.header + " "),
            try forge.token(header: #"{"alg":"none","kid":"k256"}"#),
            try forge.token(header: #"{"alg":"HS256","kid":"k256","crit":["x"]}"#),
            try forge.token(header: #"{"alg":"HS256"}"#),
        ].map { String($0) }
        let verifier = try Forge.verifier()
        for token in tokens {
            #expect(verifier.code(good) == nil)
            #expect(verifier.code(token) == (try Forge.verifier().code(token)))
            #expect(verifier.code(token) == (try Forge.verifier().code(token)), "and again")
        }
    }

    @Test func `a header is known by all of its bytes`() throws {
        let forge = Forge.hs256
        let known = KnownTokenHeader()
        let (token, stranger) = (try CompactToken(Array(try forge.token().utf8)), Array("e30".utf8)[...])
        #expect(known.header(in: token.encodedHeader)?.keyID == nil)
        known.remember(try TokenHeader(json: try token.header()), from: token.encodedHeader)
        #expect(known.header(in: token.encodedHeader)?.keyID == forge.keyID)
        #expect(known.header(in: stranger)?.keyID == nil)
        #expect(known.header(in: token.encodedHeader.dropLast())?.keyID == nil)
    }
}
