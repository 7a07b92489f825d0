// A key set as an operator writes it, for tests that need other keys than the development ones.

import Foundation

/// Writes JWKS files (RFC 7517).
enum KeySetFile {
    /// A key for HS256, used first, and a key "long" for HS512.
    static func twoKeys(in workspace: Workspace) throws -> String {
        try workspace.write(
            #"{"keys":[\#(key("first", "HS256", bytes: 32)),\#(key("long", "HS512", bytes: 64))]}"#, to: "two-keys.json"
        )
    }

    /// One `oct` key of random bytes.
    static func key(_ name: String, _ algorithm: String, bytes: Int) -> String {
        let secret = Data((0..<bytes).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
        return #"{"kty":"oct","kid":"\#(name)","alg":"\#(algorithm)","k":"\#(secret)"}"#
    }
}
