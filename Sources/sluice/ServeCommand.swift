// `sluice serve`: from the command line to a running gateway. What runs is GatewayServer's.

import ArgumentParser
import GatewayServer
import Logging
import PlainWords

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway until SIGTERM or SIGINT.",
        discussion: ConfigurationOptions.help
            + """


            SIGNALS:
              SIGTERM, SIGINT  drain, then stop; the second of them stops at once
              SIGHUP           ignored with a line, since reload is not supported yet; stops when its terminal was closed
              SIGUSR1, 2       ignored with a line: there is no log file to reopen

            Exit codes: 0 stopped; 1 failed, for instance an address is in use; 78 the configuration or a file that it names \
            is wrong; 130 or 143 the drain was cut short by a second SIGINT or SIGTERM.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: ArgumentHelp("Print the settings' table in Markdown.", visibility: .hidden))
    var printConfigurationTable = false

    func run() async throws {
        guard !printConfigurationTable else { return try Console.print(Settings.markdownTable + "\n") }
        let configuration = try options.load()
        let server = try Self.server(configuration)
        let cutShortBy = try await Self.explained { try await server.run() }
        if let cutShortBy { throw ExitCode(128 + cutShortBy) }
    }

    /// Does something, and says in one line why it could not be done.
    static func explained<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StartupError {
            throw CommandFailure(error.message, error.isConfiguration ? .configuration : .failed)
        }
    }

    /// A gateway that can run, its files read and its logs and metrics set up.
    static func server(_ configuration: GatewayConfiguration) throws -> GatewayServer {
        let logger = makeLogger(level: configuration.logging.level)
        for warning in configuration.warnings {
            logger.warning("The configuration may not be what you meant.", metadata: ["warning": "\(warning)"])
        }
        for notice in configuration.notices {
            logger.notice("Something was passed over.", metadata: ["what": "\(notice)"])
        }
        for (key, path, exposure) in configuration.exposures {
            logger.warning(
                "A file is open to others.",
                metadata: ["setting": "\(key)", "file": "\(QuotedValue.name(path))", "remedy": "\(exposure.detail)"])
        }
        let registry = PrometheusRegistry()
        registry.serveLibraries()
        return try server(configuration, logger, registry)
    }

    /// Reads the files that the configuration names, before any socket opens.
    private static func server(
        _ configuration: GatewayConfiguration, _ logger: Logger, _ registry: PrometheusRegistry
    ) throws -> GatewayServer {
        do throws(StartupError) {
            return try GatewayServer(configuration: configuration, logger: logger, metrics: registry)
        } catch {
            Console.report("sluice: nothing was started\n  \(error)")
            throw (error.isConfiguration ? ExitStatus.configuration : .failed).code
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
