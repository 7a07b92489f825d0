import OpenSSLKit
import Testing

@testable import TokenAuth

/// A token that is shown again on the same connection.
@Suite struct VerifiedTokenTests {
    private let verifier: TokenVerifier
    private var last: VerifiedToken?

    private enum Outcome: Equatable {
        case user(String)
        case refused(TokenRefusal.Code)
    }

    init() throws { verifier = try Forge.verifier() }

    private mutating func verify(
        _ token: String, at offset: Int64 = 0, by other: TokenVerifier? = nil
    ) -> Outcome {
        let now = NumericDate(secondsSinceEpoch: Forge.now.secondsSinceEpoch + offset)
        do throws(TokenRefusal) {
            return .user(try (other ?? verifier).verify(token.utf8, now: now, last: &last).subject)
        } catch {
            return .refused(error.code)
        }
    }

    @Test mutating func `the same token is as good as it was`() throws {
        let token = try Forge.hs256.token()
        for _ in 0..<3 { #expect(verify(token) == .user("alice")) }
    }

    @Test mutating func `until its end`() throws {
        let token = try Forge.hs256.token()
        #expect(verify(token) == .user("alice"))
        #expect(verify(token, at: 3629) == .user("alice"))
        #expect(verify(token, at: 3630) == .refused(.expired))
        #expect(verify(token) == .user("alice"))
    }

    @Test mutating func `a clock that goes back has it looked at anew`() throws {
        let token = try Forge.hs256.token(#"{"sub":"alice","exp":1800003600,"nbf":1800000100}"#)
        #expect(verify(token, at: 100) == .user("alice"))
        #expect(verify(token, at: 0) == .refused(.notYetValid))
    }

    @Test mutating func `another token is another one`() throws {
        let alice = try Forge.hs256.token()
        let bob = try Forge.hs256.token(#"{"sub":"bob","exp":1800003600}"#)
        #expect(verify(alice) == .user("alice"))
        #expect(verify(bob) == .user("bob"))
        #expect(verify(alice) == .user("alice"))
    }

    @Test mutating func `one byte changed is refused, and forgets nothing wrong`() throws {
        let token = try Forge.hs256.token()
        #expect(verify(token) == .user("alice"))
        for index in token.indices {
            var bytes = Array(token.utf8)
            let offset = token.utf8.distance(from: token.startIndex, to: index)
            bytes[offset] = bytes[offset] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let changed = String(decoding: bytes, as: UTF8.self)
            guard changed != token else { continue }
            if case .user = verify(changed) { Issue.record("\(offset) was changed and the token taken") }
            #expect(verify(token) == .user("alice"))
        }
    }

    @Test mutating func `it is good for the verifier that looked at it alone`() throws {
        let token = try Forge.hs256.token()
        #expect(verify(token) == .user("alice"))
        let without = TokenVerifier(
            keys: try KeySet(jwks: Array(#"{"keys":[\#(Forge.hs512.jwk)]}"#.utf8)), policy: TokenPolicy())
        #expect(verify(token, by: without) == .refused(.keyUnknown))
    }

    @Test mutating func `a token that is too long is refused unread`() {
        #expect(verify(String(repeating: "a", count: 9000)) == .refused(.malformed))
    }
}
