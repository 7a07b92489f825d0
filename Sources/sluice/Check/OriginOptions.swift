// The options of `sluice check` that ask about a page's origin and a running gateway.

import ArgumentParser
import Foundation
import GatewayClient
import GatewayRules
import GatewayServer
import TokenAuth

/// Which page and which gateway are looked at.
struct OriginOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Look at a running gateway as a browser would for a page of this origin, for instance https://app.example."),
        transform: Self.parse)
    var origin: Origin?

    @Option(
        help: """
            The gateway as browsers know it, to look at as any client would, and with --origin for a page. When left out \
            with that, the configuration says where it listens, and without one SLUICE_URL.
            """,
        transform: AddressOptions.parse)
    var url: GatewayURL?

    @Option(
        help: """
            With --url or --origin: PEM file with the CA certificates to trust. When left out: SLUICE_CA, then the \
            system's.
            """)
    var ca: String?

    @OptionGroup var credential: TokenOptions

    @Option(help: "With --origin: a key set to make a token with. When left out, the configuration's, if it is read.")
    var keys: String?

    @Option(
        help: "With --origin: how long to wait for a heartbeat, as 20s; more than stream.heartbeat.",
        transform: DurationArgument.parse)
    var watch = DurationArgument(seconds: 20)

    /// Reads the value of `--origin`.
    @Sendable static func parse(_ text: String) throws -> Origin {
        do throws(OriginError) { return try Origin(text) } catch { throw ValidationError("--origin: \(error.message)") }
    }

    func validate() throws {
        guard origin == nil else { return }
        if ca != nil, url == nil {
            throw ValidationError("--ca is for --url and --origin: say which gateway to look at")
        }
        guard keys == nil else {
            throw ValidationError("--keys is for --origin: say which page's origin to look at")
        }
    }

    /// The gateway's URL in the environment.
    var variable: String? { AddressOptions.value("SLUICE_URL", ProcessInfo.processInfo.environment) }

    /// The command's own options, one of which a mistyped setting may have been.
    static let flags = ["--origin", "--url", "--ca", "--token", "--token-file", "--keys", "--watch", "--json"]

    /// What is to be looked at.
    ///
    /// - Parameters:
    ///   - configuration: the gateway's, if it was read.
    ///   - environment: where a token may be.
    func check(
        of origin: Origin, configuration: GatewayConfiguration?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> OriginCheck {
        guard let url = try url ?? configuration.map(Self.url) ?? variable.map(AddressOptions.parse) else {
            throw CommandFailure("where is the gateway? Give --url, or --config, or set SLUICE_URL", .usage)
        }
        let address = try address(url, environment: environment) { try issue(configuration) }
        return OriginCheck(origin: origin, address: address, watch: watch.duration)
    }

    /// What is to be looked at when no page is named.
    ///
    /// - Parameters:
    ///   - environment: where a token may be.
    ///   - otherwise: makes a token when there is none.
    func address(
        _ url: GatewayURL, environment: [String: String] = ProcessInfo.processInfo.environment,
        otherwise: () throws -> String? = { nil }
    ) throws -> AddressCheck {
        let authorities = ca ?? AddressOptions.value("SLUICE_CA", environment)
        return AddressCheck(
            probe: try Self.probe(url, authorities), authorities: authorities,
            token: try credential.text(environment: environment) ?? otherwise())
    }

    private static func probe(_ url: GatewayURL, _ authorities: String?) throws -> GatewayProbe {
        do throws(GatewayClientError) {
            return try GatewayProbe(url: url, certificateAuthorities: authorities)
        } catch {
            throw CommandFailure("--ca (or SLUICE_CA): \(error)", .configuration)
        }
    }

    private func issue(_ configuration: GatewayConfiguration?) throws -> String? {
        guard let path = keys ?? configuration?.auth.keys else { return nil }
        return try TokenIssuer(keySetFile: path, keyID: nil).issue(
            subject: "sluice-check", lifetimeSeconds: 300, grants: Grants(), issuer: configuration?.auth.issuer,
            audience: configuration?.auth.audience, now: NumericDate(secondsSinceEpoch: OriginCheck.now()))
    }

    /// Where a gateway with this configuration is found from its own machine.
    static func url(of configuration: GatewayConfiguration) throws -> GatewayURL {
        let (address, port) = (configuration.listen.address, configuration.listen.port)
        let isEverywhere = ["0.0.0.0", "::", "127.0.0.1", "::1"].contains(address)
        let host = isEverywhere ? "localhost" : address.contains(":") ? "[\(address)]" : address
        return try GatewayURL("https://\(host):\(port)")
    }
}
