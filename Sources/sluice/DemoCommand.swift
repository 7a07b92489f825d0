// `sluice demo`: the gateway and a small product around it, in one process. The rooms GatewayServer and GatewayDemo are
// what runs.

import ArgumentParser
import Foundation
import GatewayDemo
import GatewayRules
import GatewayServer
import PlainWords
import TokenAuth

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run the gateway with a page to try it: posts, comments, and notifications in all tabs.",
        discussion: """
            The page and its backend are served on a port of their own, so that they are another origin than the gateway, \
            as in a product. The gateway is configured like a developer's (deploy/dev.yaml) unless --config or settings \
            say otherwise: `sluice serve --help` lists them. Start it where `make certs` has made its certificates.

            With --gateway it starts no gateway: the page uses those that run already, as `make cluster` has it. They need \
            the page's origin in cors.origins.

            Signals and exit codes are those of `sluice serve`.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "The port of the page.")
    var demoPort = 8444

    @Option(
        help: "PEM file with the CA certificates that vouch for the gateway: the demo's backend publishes over HTTPS.")
    var ca = "certs/dev/ca.pem"

    @Option(
        help: ArgumentHelp(
            "The URL of a gateway that runs; once for each address of a cluster's balancer.", valueName: "url"))
    var gateway: [String] = []

    @Option(
        help: ArgumentHelp(
            "The URL of the page of `make cluster`, for its buttons on this page.", valueName: "url"))
    var control: String?

    func validate() throws {
        guard (1...65535).contains(demoPort) else { throw ValidationError("--demo-port must be from 1 to 65535") }
        guard control == nil || !gateway.isEmpty else { throw ValidationError("--control needs --gateway") }
    }

    func run() async throws {
        guard gateway.isEmpty else { return try await runPage() }
        if let cutShortBy = try await SignalWatch.during({ try await self.run($0) }) {
            throw ExitCode(128 + cutShortBy)
        }
    }

    /// - Returns: the signal that ended the drain before its time.
    private func run(_ signals: SignalWatch) async throws -> Int32? {
        let configuration = try configuration(environment: ProcessInfo.processInfo.environment)
        try requireFiles(configuration)
        let demo = try demo(settings(configuration))
        let gateway = try await ServeCommand.server(configuration, file: options.config) { [self] running in
            try adapted(try options.read(environment: environment(), siblings: siblings, over: running))
        }
        let invitation = invitation(configuration)
        return try await ServeCommand.explained {
            var cutShortBy: Int32?
            try await demo.serve {
                cutShortBy = try await gateway.run(signals: signals) { try? Console.print(invitation) }
            }
            return cutShortBy
        }
    }

    // MARK: The gateway's part

    /// The gateway's configuration, with what the demo needs of it.
    func configuration(environment: [String: String]) throws -> GatewayConfiguration {
        try adapted(try options.load(environment: self.environment(environment), siblings: siblings))
    }

    private var siblings: [String] { ["--demo-port", "--ca", "--gateway", "--control"] }

    private func environment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String: String] {
        options.config == nil ? developersGateway.merging(environment) { $1 } : environment
    }

    private func adapted(_ read: GatewayConfiguration) throws -> GatewayConfiguration {
        var configuration = read
        guard configuration.listen.port != 0, configuration.listen.port != demoPort else {
            throw CommandFailure("the page needs to know the gateway's port: set listen.port to one of its own")
        }
        let origin = try Origin("https://localhost:\(demoPort)")
        if !configuration.cors.origins.contains(origin) { configuration.cors.origins.append(origin) }
        // The default of the admin listener's port is the page's port.
        if configuration.admin.port == demoPort { configuration.admin.port = demoPort < 65535 ? demoPort + 1 : 0 }
        return configuration
    }

    /// What deploy/dev.yaml says, for a program that is started without that file.
    private var developersGateway: [String: String] {
        [
            "SLUICE_LISTEN_ADDRESS": "127.0.0.1",
            "SLUICE_TLS_CERTIFICATE": "certs/dev/server.pem",
            "SLUICE_TLS_KEY": "certs/dev/server.key",
            "SLUICE_AUTH_KEYS": "certs/dev/keys.json",
            "SLUICE_LIMITS_CONNECTIONS": "10000",
            "SLUICE_LIMITS_STREAMS": "10000",
            "SLUICE_CORS_ORIGINS": (["https://localhost:\(demoPort)"] + Self.developmentServers).joined(separator: ","),
            "SLUICE_SESSION_SAME_SITE": "none",
        ]
    }

    /// Origins of pages that a developer writes: the usual ports of development servers, over http.
    private static let developmentServers =
        ["localhost", "127.0.0.1"].flatMap { host in
            [3000, 5173, 8080].map { "http://\(host):\($0)" }
        } + ["https://localhost:3000"]

    /// Says what is missing. Later it would be said less plainly.
    private func requireFiles(_ configuration: GatewayConfiguration) throws {
        let files =
            [ca, try Self.keys(of: configuration)] + configuration.tls.identities.flatMap { [$0.certificate, $0.key] }
        let missing = files.filter { !FileManager.default.fileExists(atPath: $0) }
        guard !missing.isEmpty else { return }
        Console.report(
            """
            sluice: nothing was started
              these files are missing: \(missing.map { QuotedValue.name($0) }.joined(separator: ", "))
              make certs makes them in certs/dev; start sluice demo in the folder that has certs/dev
            """)
        throw ConfigurationOptions.wrongConfiguration
    }

    /// The demo's backend signs its tokens itself.
    private static func keys(of configuration: GatewayConfiguration) throws -> String {
        guard let keys = configuration.auth.keys else {
            throw CommandFailure("the demo signs tokens with a key set of its own: set auth.keys", .configuration)
        }
        return keys
    }

    // MARK: The demo's part

    /// The page alone. Its keys are the gateways' own, and its certificate will do if it is theirs.
    private func runPage() async throws {
        let configuration = try options.load(environment: environment(), siblings: siblings)
        try requireFiles(configuration)
        var settings = try settings(configuration)
        settings.cluster = .init(gateways: gateway, control: control)
        let demo = try demo(settings)
        let signals = TerminationSignals.exitZero()
        try await ServeCommand.explained {
            try await demo.serve {
                try Console.print("The demo's page is https://localhost:\(demoPort)\n")
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        }
        signals.cancel()
    }

    private func demo(_ settings: DemoSettings) throws -> DemoServer {
        try DemoServer(settings: settings) { Int64(Date().timeIntervalSince1970 * 1000) }
    }

    private func settings(_ configuration: GatewayConfiguration) throws -> DemoSettings {
        let identity = configuration.tls.identities[0]
        var settings = DemoSettings(
            port: demoPort, gatewayPort: configuration.listen.port, certificate: identity.certificate,
            key: identity.key, keys: try KeySet(file: Self.keys(of: configuration)))
        settings.certificateAuthorities = ca
        settings.tokenNames = .init(issuer: configuration.auth.issuer, audience: configuration.auth.audience)
        return settings
    }

    /// Says what to do now.
    private func invitation(_ configuration: GatewayConfiguration) -> String {
        """

        The demo runs. Open it in a browser:

          https://localhost:\(demoPort)

        Sign in as alice, and in a private window as bob. Comment on a post of alice's as bob: she sees it at once, in
        every tab. The buttons on the page cut the network, let the token expire, and more.

        The browser does not know the development certificate yet. Let it trust \(ca): Firefox and Chrome take it under
        Settings, Certificates, Authorities; or accept the warning on both https://localhost:\(demoPort) and
        https://localhost:\(configuration.listen.port).

        The gateway is https://localhost:\(configuration.listen.port), its probes and metrics are \
        http://\(configuration.admin.address):\(configuration.admin.port). Stop with control-C.


        """
    }
}
