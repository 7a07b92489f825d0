// `sluice reload`: has a running gateway read its configuration anew, and ends as that reload ended. What a reload is,
// is GatewayServer's.

import ArgumentParser
import Foundation
import GatewayClient
import GatewayServer

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have a running gateway read its configuration anew, and wait for what becomes of it.",
        discussion: """
            Sends SIGHUP to the process, and asks its admin listener until the reload is done. Give it what `serve` was \
            given: it takes the listener's place, admin.address and admin.port, from the configuration. What is wrong is \
            printed, and changes nothing in the gateway.

            Exit codes: 0 the configuration is in force; 1 the gateway could not be asked, or did not answer in time; 64 the \
            command line is wrong; 78 the configuration or a file that it names is.


            """ + ConfigurationOptions.help)

    @Option(help: "The gateway's process; in a unit of systemd $MAINPID.")
    var pid: Int32

    @Option(
        help: ArgumentHelp("How long the reload may take.", valueName: "time"), transform: DurationArgument.parse)
    var wait = DurationArgument(seconds: 30)

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        // kill(2) takes 0 and less for groups of processes.
        guard pid > 0 else { throw ValidationError("--pid is the number of a process") }
    }

    func run() async throws {
        let listener = try AdminPlace(try load().admin, patience: wait.duration)
        let before = try await listener.record()
        guard before.process == pid else {
            throw CommandFailure(
                "the gateway at \(listener.url) is process \(before.process), not \(pid); give its own configuration")
        }
        guard kill(pid, SIGHUP) == 0 else {
            throw CommandFailure("process \(pid) can't be told to reload: \(String(cString: strerror(errno)))")
        }
        try report(try await listener.outcome(since: before, within: wait))
    }

    private func load() throws -> GatewayConfiguration {
        do throws(ConfigurationErrors) {
            return try options.read(siblings: ["--pid", "--wait", "--config"])
        } catch {
            throw Self.refusal(error.errors.map(\.description))
        }
    }

    private func report(_ outcome: ReloadRecord.Outcome) throws {
        switch outcome {
        case .refused(let reasons): throw Self.refusal(reasons)
        case .replaced: Console.report("the gateway was started anew, with this configuration")
        case .reloaded(let waiting):
            Console.report("the configuration is in force")
            if !waiting.isEmpty { Console.report("these settings take a restart: \(waiting.joined(separator: ", "))") }
        }
    }

    private static func refusal(_ reasons: [String]) -> CommandFailure {
        CommandFailure(
            (["the configuration is wrong; what was in force stays so"] + reasons.map { "  \($0)" })
                .joined(separator: "\n"), .configuration)
    }
}
