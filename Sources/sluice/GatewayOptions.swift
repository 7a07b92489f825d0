import ArgumentParser
import Foundation
import GatewayClient

/// The options that every command needs which talks to a gateway.
struct GatewayOptions: ParsableArguments {
    @Option(help: "Where the gateway is, for instance https://localhost:8443.", transform: Self.parse)
    var url: GatewayURL

    @Option(help: "PEM file with the CA certificates to trust. The system's are trusted when it is left out.")
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "The bearer token. When left out, the environment variable SLUICE_TOKEN is used.",
            discussion: "Other users of the machine can read argument lists (ps), but not the environment."))
    var token: String?

    /// Reads the value of `--url`.
    @Sendable static func parse(_ text: String) throws -> GatewayURL {
        do throws(GatewayClientError) { return try GatewayURL(text) } catch { throw ValidationError(error.message) }
    }

    /// The checked token, from the option or the environment.
    func bearerToken(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> BearerToken {
        guard let text = token ?? environment["SLUICE_TOKEN"] else {
            throw CommandFailure("there is no token: give --token, or set SLUICE_TOKEN; sluice token makes one")
        }
        return try BearerToken(text)
    }

    /// Opens connections as the options say.
    func connector() throws -> GatewayConnector {
        try GatewayConnector(url: url, certificateAuthorities: ca)
    }
}
