import ArgumentParser
import Foundation
import TokenAuth

/// `sluice token`: issues a token. For development, scripts and operators; a product's backend issues its own.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Issue a token.",
        discussion: """
            Prints the token and nothing else, so that it can be used in $(…). It lets its holder read the user's own \
            events and everyone's; each grant adds to that. In a grant, * may be the last character and stands for any \
            ending.

            Exit codes: 0 done; 1 no token can be for this user or time; 64 the command line is wrong; 78 the key set \
            can't be used.
            """)

    @Option(
        help: """
            The key set: a JWKS file (RFC 7517). Secrets sign, and so do private RSA, EC and Ed25519 keys; public keys \
            do not.
            """)
    var keys: String

    @Option(name: .customLong("sub"), help: "The user.")
    var subject: String

    @Option(help: "The token's own name (jti), by which it can be revoked: sluice revoke --jti.")
    var jti: String?

    @Option(help: "How long the token is good for, as 30s, 5m, 1h or 2d.", transform: DurationArgument.parse)
    var ttl = DurationArgument(seconds: 3600)

    @Option(help: "Grant: listen to this topic, for instance news or \"rooms/*\". Repeatable.")
    var subscribe: [String] = []

    @Option(help: "Grant: publish to this audience, user:NAME, topic:NAME or everyone. Repeatable.")
    var publish: [String] = []

    @Flag(help: "Grant: see who is connected, end streams and revoke tokens.")
    var admin = false

    @Option(name: .customLong("kid"), help: "Sign with this key of the key set; the first that may when left out.")
    var keyID: String?

    @Option(help: "The issuer (iss), when the gateway checks it.")
    var issuer: String?

    @Option(help: "The audience (aud), when the gateway checks it.")
    var audience: String?

    func validate() throws {
        do throws(GrantsError) { _ = try grants() } catch { throw ValidationError(error.message) }
    }

    func run() async throws {
        try Console.print("\(try token(now: Date()))\n")
    }

    /// The token as the options ask for it.
    func token(now: Date) throws -> String {
        try TokenIssuer(keySetFile: keys, keyID: keyID).issue(
            subject: subject, lifetimeSeconds: ttl.seconds, grants: grants(), issuer: issuer, audience: audience,
            tokenID: jti, now: NumericDate(secondsSinceEpoch: Int64(now.timeIntervalSince1970)))
    }

    private func grants() throws(GrantsError) -> Grants {
        try Grants(subscribe: subscribe, publish: publish, isAdmin: admin)
    }
}
