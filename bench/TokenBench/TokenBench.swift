// What it costs to verify a token, by the algorithm of its key: the gateway's own verifier, one thread, no sockets.
// `make bench-tokens` runs it as a release and prints a table in Markdown.

import Foundation
import TokenAuth

@main
struct TokenBench {
    static func main() throws {
        guard CommandLine.arguments.count == 2 else {
            FileHandle.standardError.write(Data("TokenBench: give the path of a JWKS with private keys\n".utf8))
            exit(64)
        }
        let file = URL(filePath: CommandLine.arguments[1])
        let keys = try KeySet(jwks: Array(Data(contentsOf: file)))
        let verifier = TokenVerifier(keys: keys, policy: TokenPolicy())
        print("| key | to verify a token | the same on a connection that has shown it |")
        print("|---|---|---|")
        for name in ["hs256", "rs256", "ps256", "es256", "es384", "es512", "eddsa"] {
            let token = try TokenIssuer(keys: keys, keyID: name).issue(
                subject: "alice", lifetimeSeconds: 3600, grants: Grants(subscribe: ["rooms/*"]), now: now)
            let bytes = Array(token.utf8)
            let first = try median { _ = try verifier.verify(bytes, now: now) }
            var last: VerifiedToken?
            let again = try median { _ = try verifier.verify(bytes, now: now, last: &last) }
            print("| `\(name)` | \(text(first)) µs | \(text(again)) µs |")
        }
    }

    private static let now = NumericDate(secondsSinceEpoch: 1_800_000_000)

    /// The median of eleven rounds, in microseconds each time.
    private static func median(_ work: () throws -> Void) throws -> Double {
        let rounds = try (0..<11).map { _ in
            let count = 500
            let elapsed = try ContinuousClock().measure { for _ in 0..<count { try work() } }
            return elapsed / .microseconds(1) / Double(count)
        }
        return rounds.sorted()[rounds.count / 2]
    }

    private static func text(_ microseconds: Double) -> String { String(format: "%.1f", microseconds) }
}
