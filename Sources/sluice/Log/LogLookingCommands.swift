// `sluice log stats` and `sluice log verify`: they change nothing, and may run beside the gateway.

import ArgumentParser
import GatewayServer

struct LogStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Say how much the event log holds, and what it takes up.",
        discussion: """
            May run while the gateway does. Give it what `serve` is given. With --json, one JSON object: numbers of bytes, \
            sequences and rows, times as 2026-11-27T12:00:00Z, and "audiences" with events and bytes of each kind.

            Exit codes: 0 it is printed; 1 the file is locked, or NATS can't be reached; 64 the command line is wrong; 78 \
            the configuration or the file is.


            """ + ConfigurationOptions.help)

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        let report = try await ServeCommand.explained { try await storage.figures() }
        try Console.print(json ? report.json : report.text)
    }
}

struct LogVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Look through all of the event log, and say what is wrong with it.",
        discussion: """
            May run while the gateway does, and changes nothing. Give it what `serve` is given. Of a file: its structure and \
            indexes, each event, sequence and sum, who each event is found by, the sums of publishers, epochs, keys, \
            revocations and sessions, and what the next start makes of it. Of a log on NATS: the streams' settings, whether \
            their replicas are current, each event, and holes in the sequence.

            One line is printed per thing: ✓ in order, ! doubtful, ✗ wrong, with what to do.
            Exit codes: 0 nothing is wrong; 1 NATS or a server of it can't be reached; 64 the command line is wrong; 78 the \
            log or the configuration is.


            """ + ConfigurationOptions.help)

    @Flag(help: "Print one JSON object: \"ok\", and \"findings\" with \"outcome\", \"subject\" and \"detail\".")
    var json = false

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let storage = LogStorage(try options.load())
        var report = CheckReport(json: json)
        for finding in try await ServeCommand.explained({ try await storage.verify() }) { try report.take(finding) }
        try report.end()
    }
}
