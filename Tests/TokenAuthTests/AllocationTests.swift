// The gate on a look at a token: how often it allocates memory. Counts hold on any machine, times do not.

import CAllocationCounter
import OpenSSLKit
import Testing

@testable import TokenAuth

@Suite struct AllocationTests {
    /// When optimized: the token, its three parts, the claims, and what they grant. A debug build boxes what it passes
    /// about.
    #if DEBUG
        private static let limit = 370.0
    #else
        private static let limit = 7.0
    #endif

    private static func allocations(rounds: Int = 200, _ work: () throws -> Void) rethrows -> Double {
        try work()
        let before = allocation_count()
        for _ in 0..<rounds { try work() }
        return Double(allocation_count() - before) / Double(rounds)
    }

    /// A look at a token, without what OpenSSL does for its signature.
    private static func cost(of claims: String, _ verifier: TokenVerifier) throws -> Double {
        let forge = Forge.hs256
        let token = Array(try forge.token(claims).utf8)
        let key = try HMACKey(secret: forge.secret, hash: .sha256)
        let code = [UInt8](repeating: 0, count: 32)
        let signature = allocations { _ = key.isValid(code.span, for: token.span) }
        return try allocations { _ = try verifier.verify(token, now: Forge.now) } - signature
    }

    @Test func `a token costs a few objects`() throws {
        let claims = #"{"sub":"alice","iat":1800000000,"exp":1800003600,"sluice":{"subscribe":["rooms/*"]}}"#
        let cost = try Self.cost(of: claims, try Forge.verifier())
        #expect(cost <= Self.limit)
    }

    @Test func `one of many keys is found without any`() throws {
        let keys = (0..<100).map { Forge(keyID: "key \($0)", algorithm: .hs256, secret: Array(0..<32)).jwk }
        let many = Forge.all.map(\.jwk) + keys
        let verifier = TokenVerifier(
            keys: try KeySet(jwks: Array(#"{"keys":[\#(many.joined(separator: ","))]}"#.utf8)), policy: TokenPolicy())
        #expect(try Self.cost(of: Forge.claims, verifier) == Self.cost(of: Forge.claims, try Forge.verifier()))
    }
}
