// Where a gateway is and whom to trust about it: from options, else from the environment.

import ArgumentParser
import Foundation
import GatewayClient

/// The URL and the authorities, for every command that talks to a gateway.
struct AddressOptions: ParsableArguments {
    @Option(
        help: "Where the gateway is, for instance https://localhost:8443. When left out: SLUICE_URL.",
        transform: Self.parse)
    var url: GatewayURL?

    @Option(
        help: "PEM file with the CA certificates to trust. When left out: SLUICE_CA, and without it the system's.")
    var ca: String?

    /// Reads the value of `--url`.
    @Sendable static func parse(_ text: String) throws -> GatewayURL {
        do throws(GatewayClientError) { return try GatewayURL(text) } catch { throw ValidationError(error.message) }
    }

    func validate() throws { _ = try gateway() }

    /// Where the gateway is.
    ///
    /// - Throws: `ValidationError` when nobody says it.
    func gateway(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> GatewayURL {
        if let url { return url }
        guard let text = Self.value("SLUICE_URL", environment) else {
            throw ValidationError("where is the gateway? Give --url, or set SLUICE_URL")
        }
        do { return try Self.parse(text) } catch { throw ValidationError("SLUICE_URL: \(error)") }
    }

    /// The authorities' file; nil for the system's.
    func authorities(environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        ca ?? Self.value("SLUICE_CA", environment)
    }

    /// An empty variable is one that is not set, as scripts have it.
    static func value(_ name: String, _ environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
