// `sluice serve`: from the command line to a running gateway, which is the room GatewayServer.

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
              SIGTERM, SIGINT  serve on for shutdown.delay, drain, then stop; the second of them stops at once. While it \
            starts: stop before it serves
              SIGHUP           reads the configuration and its files anew; stops when its terminal was closed. While it \
            starts: as soon as it serves
              SIGUSR1, 2       ignored with a line: there is no log file to reopen

            SOCKETS:
              Sockets that a service manager passes (LISTEN_FDS, LISTEN_PID) are taken in place of listen.port and \
            admin.port. LISTEN_FDNAMES names them public and admin; without it they are taken in this order.

            Exit codes: 0 stopped; 1 failed, for instance an address is in use; 78 the configuration or a file that it names \
            is wrong; 130 or 143 the drain was cut short by a second SIGINT or SIGTERM.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: ArgumentHelp("Print the settings' table in Markdown.", visibility: .hidden))
    var printConfigurationTable = false

    @Flag(help: ArgumentHelp("Print the tables of metrics in Markdown.", visibility: .hidden))
    var printMetricsTable = false

    func run() async throws {
        guard !printMetricsTable else { return try Console.print(MetricTable.markdown + "\n") }
        guard !printConfigurationTable else { return try Console.print(Settings.markdownTable + "\n") }
        let cutShortBy = try await SignalWatch.during { [options] signals in
            let configuration = try options.load()
            let server = try await Self.server(configuration, file: options.config) {
                try options.read(over: $0)
            }
            return try await Self.explained { try await server.run(signals: signals) }
        }
        if let cutShortBy { throw ExitCode(128 + cutShortBy) }
    }

    /// Does something. When it can't be done, the error says why in one line.
    static func explained<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StartupError {
            throw CommandFailure(error.message, error.isConfiguration ? .configuration : .failed)
        }
    }

    /// A gateway that can run, its files read and its logs and metrics set up.
    ///
    /// - Parameters:
    ///   - file: the configuration file.
    ///   - source: reads the configuration anew.
    static func server(
        _ configuration: GatewayConfiguration, file: String?, source: @escaping ConfigurationSource
    ) async throws -> GatewayServer {
        let level = LogLevel(configuration.logging.level)
        let logger = makeLogger(level: level, format: configuration.logging.format)
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
        registry.show(version: Sluice.configuration.version)
        registry.serveLibraries()
        return try await server(configuration, logger, registry, .init(file: file, level: level, source: source))
    }

    /// Reads the files that the configuration names, before any socket opens.
    private static func server(
        _ configuration: GatewayConfiguration, _ logger: Logger, _ registry: PrometheusRegistry,
        _ reload: GatewayServer.Reload
    ) async throws -> GatewayServer {
        do throws(StartupError) {
            return try await GatewayServer(
                configuration: configuration, logger: logger, metrics: registry, reload: reload)
        } catch {
            Console.report("sluice: nothing was started\n  \(error)")
            throw (error.isConfiguration ? ExitStatus.configuration : .failed).code
        }
    }

    private static func makeLogger(level: LogLevel, format: LogFormat) -> Logger {
        LoggingSystem.bootstrap { label in
            LevelledLogHandler(format.handler(label: label), level: level)
        }
        return Logger(label: "sluice")
    }
}
