// `sluice serve`: from the command line to a running gateway. What runs is GatewayServer's.

import ArgumentParser
import GatewayServer
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway until SIGTERM or SIGINT.",
        discussion: ConfigurationOptions.help
            + "\n\nExit codes: 0 stopped, 1 failed, 78 the configuration or a file that it names is wrong.")

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: ArgumentHelp("Print the settings' table in Markdown.", visibility: .hidden))
    var printConfigurationTable = false

    func run() async throws {
        guard !printConfigurationTable else { return try Console.print(Settings.markdownTable + "\n") }
        let configuration = try options.load()
        try await Self.server(configuration).run()
    }

    /// A gateway that can run, its files read and its logs and metrics set up.
    static func server(_ configuration: GatewayConfiguration) throws -> GatewayServer {
        let logger = makeLogger(level: configuration.logging.level)
        for warning in configuration.warnings {
            logger.warning("The configuration may not be what you meant.", metadata: ["warning": "\(warning)"])
        }
        let registry = PrometheusRegistry()
        registry.serveLibraries()
        return try server(configuration, logger, registry)
    }

    /// Reads the files that the configuration names, before any socket opens.
    private static func server(
        _ configuration: GatewayConfiguration, _ logger: Logger, _ registry: PrometheusRegistry
    ) throws -> GatewayServer {
        do {
            return try GatewayServer(configuration: configuration, logger: logger, metrics: registry)
        } catch {
            Console.report("sluice: nothing was started\n  \(error)")
            throw ConfigurationOptions.wrongConfiguration
        }
    }

    /// Logs go to standard error: standard output is for results.
    private static func makeLogger(level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "sluice")
    }
}
