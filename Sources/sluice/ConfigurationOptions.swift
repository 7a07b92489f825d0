// The configuration's three sources, for every command that needs one.

import ArgumentParser
import Foundation
import GatewayServer

/// Where the configuration comes from.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file (YAML).", valueName: "file"))
    var config: String?

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("A setting for each key of the configuration, listed above.", valueName: "setting"))
    var settings: [String] = []

    /// What to say about wrong configurations.
    static let wrongConfiguration = ExitStatus.configuration.code

    /// Reads and checks the configuration; everything that is wrong is written to standard error.
    ///
    /// - Parameters:
    ///   - environment: the process's variables.
    ///   - siblings: the command's own options.
    /// - Throws: an exit code of 78 if anything is wrong.
    func load(
        environment: [String: String] = ProcessInfo.processInfo.environment, siblings: [String] = []
    ) throws -> GatewayConfiguration {
        try Self.checked { () throws(ConfigurationErrors) in
            try read(environment: environment, siblings: siblings)
        }
    }

    /// Writes everything that is wrong to standard error.
    static func checked(
        _ read: () throws(ConfigurationErrors) -> GatewayConfiguration
    ) throws -> GatewayConfiguration {
        do throws(ConfigurationErrors) {
            return try read()
        } catch {
            Console.report("sluice: the configuration is wrong; nothing was started")
            for error in error.errors { Console.report("  \(error)") }
            throw Self.wrongConfiguration
        }
    }

    /// Reads and checks the configuration, and says nothing.
    ///
    /// - Parameter running: what the gateway runs with that reads it anew.
    func read(
        environment: [String: String] = ProcessInfo.processInfo.environment, siblings: [String] = [],
        over running: GatewayConfiguration? = nil
    ) throws(ConfigurationErrors) -> GatewayConfiguration {
        try ConfigurationLoader(path: config, environment: environment, flags: settings, siblings: siblings)
            .load(over: running)
    }

    /// Reads where the admin listener of a running gateway is, and says nothing.
    func readAdmin(
        environment: [String: String] = ProcessInfo.processInfo.environment, siblings: [String]
    ) throws(ConfigurationErrors) -> GatewayConfiguration.Admin {
        try ConfigurationLoader(path: config, environment: environment, flags: settings, siblings: siblings)
            .loadAdmin()
    }

    /// What `--help` says about the settings.
    static let help = """
        Each setting comes from the configuration file, from a variable of the environment (--listen-port: \
        SLUICE_LISTEN_PORT), or from a flag, the later the stronger. Times have a unit (500ms, 15s, 5m, 1h), sizes may \
        have one (64KiB, 1MiB).

        SETTINGS:
        \(Settings.help)
        """
}
