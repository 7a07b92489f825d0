// `sluice log copy`: from one gateway with a file to several with NATS.

import ArgumentParser
import GatewayServer
import Logging

struct LogCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy the events of the log's file into a log on NATS (log.kind: jetstream).",
        discussion: """
            The gateway must be stopped. Give it what that gateway's `serve` is given, and with --to the configuration file of \
            those that take over. The new log has to be empty (`sluice log create` makes it). Events come in their order, with \
            what is left of their time to live; the time of log.retention.age begins anew. Revocations come, too. \
            Idempotency-Keys and kept sessions do not. Ids are new: a stream that resumes with an old one is told that it may \
            have missed events (sluice.gap), and gets what the log holds for it.

            Exit codes: 0 all is copied; 1 a gateway has the file, or NATS can't take it at present; 64 the command line is \
            wrong; 78 a configuration is, the file is, or the new log has events.


            """ + ConfigurationOptions.help)

    @Option(help: ArgumentHelp("The configuration file (YAML) with the new log.", valueName: "file"))
    var to: String

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        // The environment is the old gateway's.
        let configuration = try ConfigurationOptions.checked { () throws(ConfigurationErrors) in
            try ConfigurationLoader(path: to, environment: [:], flags: [], siblings: []).load(over: nil)
        }
        let progress = ProgressLine("copying", isInBytes: false)
        let logger = Logger(label: "sluice") { StreamLogHandler.standardError(label: $0) }
        let lines = try await ServeCommand.explained {
            try await storage.copy(to: configuration, logger: logger, progress: progress.show)
        }
        progress.end()
        try Console.print(lines.map { $0 + "\n" }.joined())
    }
}
