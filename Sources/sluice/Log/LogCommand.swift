// `sluice log`: what an operator does with the event log. `create` makes what it lives in, where that is not the
// gateway's own file; the others have files of their own. The work itself is GatewayServer's.

import ArgumentParser
import GatewayServer

struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Work on the event log.",
        subcommands: [
            LogStatsCommand.self, LogVerifyCommand.self, LogBackupCommand.self, LogRestoreCommand.self,
            LogVacuumCommand.self, LogNewEpochCommand.self, LogCopyCommand.self, LogCreateCommand.self,
        ])
}

struct LogCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make the streams of NATS that the gateways of a cluster share (log.kind: jetstream).",
        discussion: """
            Streams that are there are looked at and left as they are. Give it what `serve` is given.

            Exit codes: 0 the streams are there, as they have to be; 1 NATS can't be reached, or can't make them at present; 64 \
            the command line is wrong; 78 the configuration is, or a stream differs from it.


            """ + ConfigurationOptions.help)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let made = try await ServeCommand.explained { try await LogCreation(configuration).run() }
        let stream = configuration.log.jetStream.stream
        try Console.print(
            made.isEmpty
                ? "the streams of \(stream) are there; nothing was made\n"
                : made.map { "made the stream \($0)\n" }.joined())
    }
}
