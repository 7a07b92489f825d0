import ArgumentParser
import GatewayClient

/// `sluice revoke`: tokens are good no more.
struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke tokens, and end their streams.",
        discussion: """
            Prints {"streamsEnded":…}. The gateway refuses these tokens from here on, for as long as such tokens can \
            live (auth.maximum_lifetime). Without --issued-before, a user's tokens are revoked that were issued up to \
            now; one that is issued a second later is good. The token of this command needs the grant admin.

            Exit codes: 0 they are revoked; 1 the gateway refused, or was not reached; 64 the command line is wrong; 78
            the --ca file or the --token-file is.
            """)

    @OptionGroup var gateway: GatewayOptions

    @Option(help: ArgumentHelp("Revoke this user's tokens, by their sub.", valueName: "user"))
    var sub: String?

    @Option(help: ArgumentHelp("Revoke the one token of this jti.", valueName: "jti"))
    var jti: String?

    @Flag(help: "Revoke everyone's tokens; needs --issued-before.")
    var everyone = false

    @Option(
        help: ArgumentHelp(
            "Only tokens whose iat is before this time: seconds since 1970, or as 2026-11-27T12:00:00Z.",
            valueName: "time"), transform: TimeArgument.parse)
    var issuedBefore: TimeArgument?

    func validate() throws { _ = try tokens() }

    private func tokens() throws -> RevokedTokens {
        guard [sub != nil, jti != nil, everyone].count(where: { $0 }) == 1 else {
            throw ValidationError("say which tokens: one of --sub, --jti and --everyone")
        }
        if let sub { return .user(sub, issuedBefore: issuedBefore?.seconds) }
        if let jti {
            guard issuedBefore == nil else {
                throw ValidationError("--jti names one token: leave out --issued-before")
            }
            return .token(jti)
        }
        guard let issuedBefore else {
            throw ValidationError("--everyone needs --issued-before: tokens issued later stay good")
        }
        return .everyone(issuedBefore: issuedBefore.seconds)
    }

    func run() async throws {
        let tokens = try tokens()
        try await gateway.administer { client throws(GatewayClientError) in try await client.revoke(tokens) }
    }
}
