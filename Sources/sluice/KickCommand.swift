import ArgumentParser
import GatewayClient

/// `sluice kick`: ends a user's streams.
struct KickCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kick",
        abstract: "End a user's streams.",
        discussion: """
            The page is told sluice.rejected, code disconnected, and prints {"streamsEnded":…} here. Its token is as \
            good as before: sluice revoke keeps it out. The token of this command needs the grant admin.

            Exit codes: 0 they have ended; 1 the gateway refused, or was not reached; 64 the command line is wrong; 78
            the --ca file or the --token-file is.
            """)

    @OptionGroup var gateway: GatewayOptions

    @Argument(help: ArgumentHelp("The user.", valueName: "user"))
    var user: String

    @Option(help: ArgumentHelp("Only this stream, by its name (sluice users USER prints it).", valueName: "stream"))
    var stream: String?

    @Option(
        help: ArgumentHelp(
            "Only streams at this gateway, where several share the log (sluice users USER prints it).",
            valueName: "node"))
    var node: String?

    @Flag(help: "Have the page come back by itself.")
    var retry = false

    func run() async throws {
        let (user, stream, node, retry) = (user, stream, node, retry)
        try await gateway.administer { client throws(GatewayClientError) in
            try await client.disconnect(user, stream: stream, node: node, isRetryable: retry)
        }
    }
}

extension GatewayOptions {
    /// A client for an administrator's requests.
    func adminClient() throws -> AdminClient {
        AdminClient(connector: try connector(), token: try credential.bearerToken())
    }

    /// Asks once, and prints the answer.
    func administer(_ ask: (AdminClient) async throws(GatewayClientError) -> String) async throws {
        let client = try adminClient()
        let answer: String
        do throws(GatewayClientError) { answer = try await ask(client) } catch { throw CommandFailure("\(error)") }
        try Console.print(answer + "\n")
        await client.close()
    }
}
