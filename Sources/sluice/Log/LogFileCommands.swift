// `sluice log backup`, `restore` and `new-epoch`: on a log in a file, and on one that NATS keeps. `vacuum`: on a file.

import ArgumentParser
import GatewayServer

struct LogBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the event log, while gateways run or not.",
        discussion: """
            The copy is what the log is at one moment, in one file of mode 0600. The gateway goes on; until the copy is made, \
            what it takes stays in its journal, too. With log.kind jetstream FILE is a folder, with the archives that NATS \
            makes of its streams. FILE must not be there yet. Give it what `serve` is given.

            Exit codes: 0 the copy is whole and on the disk; 1 there is no room, the log is locked, or NATS can't be reached; \
            64 the command line is wrong; 78 the configuration is, the log's file is, or FILE is there already.


            """ + ConfigurationOptions.help)

    @Argument(help: ArgumentHelp("The copy, a file or a folder; there must be none.", valueName: "file"))
    var file: String

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        let progress = ProgressLine("copying")
        let done = try await ServeCommand.explained { try await storage.backUp(to: file, progress: progress.show) }
        progress.end()
        try Console.print(done + "\n")
    }
}

struct LogRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a backup in the place of the event log.",
        discussion: """
            The gateway must be stopped. The backup is looked through before anything is changed, and brought to today's \
            format. The file of before stays beside the log under a name with the time. The next start begins a new epoch: \
            streams that resume are told that they may have missed events (sluice.gap). What was revoked since the backup \
            was made stays revoked, where the file of before can be read. Give it what `serve` is given.

            With log.kind jetstream all gateways must be stopped, and FILE is a folder. What NATS has is backed up beside it, \
            removed, and made from the backup. The epoch is a new one at once.

            Exit codes: 0 the backup is in its place; 1 a gateway has the log, there is no room, or NATS can't be reached; 64 \
            the command line is wrong; 78 the configuration or the backup is.


            """ + ConfigurationOptions.help)

    @Argument(help: ArgumentHelp("The backup, which stays as it is.", valueName: "file"))
    var file: String

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        let progress = ProgressLine("copying")
        let lines = try await ServeCommand.explained { try await storage.restore(from: file, progress: progress.show) }
        progress.end()
        try Console.print(lines.map { $0 + "\n" }.joined())
    }
}

struct LogVacuumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum",
        abstract: "Give the room that no event needs back to the disk.",
        discussion: """
            The gateway must be stopped, since it would wait all the while. A running gateway uses such room again by itself, so \
            this is worth it when the log is to stay smaller, as after log.retention was lowered. It takes up to twice as much \
            room again as the log holds, for a while. `sluice log stats` says how much is free. Give it what `serve` is given.

            Exit codes: 0 it is done; 1 a gateway has the log, or there is no room; 64 the command line is wrong; 78 the \
            configuration or the log's file is.


            """ + ConfigurationOptions.help)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        let done = try await ServeCommand.explained { try storage.vacuum() }
        try Console.print(done + "\n")
    }
}

struct LogNewEpochCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-epoch",
        abstract: "Have a new epoch begin, after a restore that the gateway can't see.",
        discussion: """
            A gateway sees by itself that a copy was put in the place of its log's file. It can't see that a whole disk or \
            machine was set back, or that NATS's streams were restored while no gateway ran: then ids would be given out a \
            second time, for other events. Stop the gateways, run this, and start them: streams that resume are told that \
            they may have missed events (sluice.gap). Give it what `serve` is given.

            Exit codes: 0 it is done; 1 a gateway has the file, or NATS can't be reached; 64 the command line is wrong; 78 the \
            configuration or the file is.


            """ + ConfigurationOptions.help)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        let done = try await ServeCommand.explained { try await storage.beginEpoch() }
        try Console.print(done + "\n")
    }
}
