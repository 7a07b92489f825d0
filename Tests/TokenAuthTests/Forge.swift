import OpenSSLKit
import Testing

@testable import TokenAuth

/// Makes tokens with anything in them, rightly signed: what a holder of a key, or an attacker without one, may send.
struct Forge: Sendable, CustomTestStringConvertible {
    let keyID: String
    let algorithm: SigningAlgorithm
    let secret: [UInt8]

    var testDescription: String { keyID }

    static let hs256 = Forge(keyID: "k256", algorithm: .hs256, secret: Array(0..<32))
    static let hs384 = Forge(keyID: "k384", algorithm: .hs384, secret: Array(32..<80))
    static let hs512 = Forge(keyID: "k512", algorithm: .hs512, secret: Array(64..<128))
    static let all = [hs256, hs384, hs512]

    static let now = NumericDate(secondsSinceEpoch: 1_800_000_000)
    static let claims = #"{"sub":"alice","exp":1800003600}"#

    /// A key set of all three.
    static func keys() throws -> KeySet {
        try KeySet(jwks: Array(#"{"keys":[\#(all.map(\.jwk).joined(separator: ","))]}"#.utf8))
    }

    static func verifier(_ policy: TokenPolicy = TokenPolicy()) throws -> TokenVerifier {
        TokenVerifier(keys: try keys(), policy: policy)
    }

    var jwk: String {
        #"{"kty":"oct","kid":"\#(keyID)","alg":"\#(algorithm.rawValue)","k":"\#(Self.encode(secret))"}"#
    }

    var header: String { #"{"alg":"\#(algorithm.rawValue)","kid":"\#(keyID)"}"# }

    /// A token with this text for its claims, and for its header.
    func token(_ claims: String = Forge.claims, header: String? = nil) throws -> String {
        try token(claims: Array(claims.utf8), header: Array((header ?? self.header).utf8))
    }

    func token(claims: [UInt8], header: [UInt8]) throws -> String {
        try signed(Self.encode(header) + "." + Self.encode(claims))
    }

    /// A text and its signature.
    func signed(_ input: String) throws -> String {
        guard case .authentication(let hash) = algorithm.scheme else { throw KeySetError(.algorithm, "no HMAC") }
        let key = try HMACKey(secret: secret, hash: hash)
        return input + "." + Self.encode(try key.authenticationCode(for: Array(input.utf8).span))
    }

    static func encode(_ bytes: [UInt8]) -> String { String(decoding: Base64URL.encode(bytes), as: UTF8.self) }
    static func encode(_ text: String) -> String { encode(Array(text.utf8)) }
}

extension TokenVerifier {
    /// What a token comes to at the forge's time.
    func outcome(_ token: String, at now: NumericDate = Forge.now) -> Result<Claims, TokenRefusal> {
        Result { () throws(TokenRefusal) in try verify(token.utf8, now: now) }
    }

    /// What a token is refused for; nothing when it is accepted.
    func code(_ token: String, at now: NumericDate = Forge.now) -> TokenRefusal.Code? {
        if case .failure(let refusal) = outcome(token, at: now) { refusal.code } else { nil }
    }
}
