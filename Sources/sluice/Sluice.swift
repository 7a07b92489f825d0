import ArgumentParser
import Foundation

/// The command line. Each command is a file of its own; this one lists them, and ends the program.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "An event gateway: server-sent events over TLS, with the user's identity from a signed token.",
        discussion: """
            listen, publish, users, kick, revoke, bench and check take the gateway's URL from SLUICE_URL, and the CA certificates from SLUICE_CA, \
            where --url and --ca are left out; a token from SLUICE_TOKEN, where --token-file is.

            \(ExitStatus.help)
            """,
        version: "0.2.0",
        subcommands: [
            ServeCommand.self,
            DemoCommand.self,
            TokenCommand.self,
            PublishCommand.self,
            ListenCommand.self,
            UsersCommand.self,
            KickCommand.self,
            RevokeCommand.self,
            CheckCommand.self,
            ReloadCommand.self, ExplainCommand.self,
            LogCommand.self,
            BenchCommand.self,
        ])

    static func main() async {
        // The write itself fails when its reader has left, or when a file may not grow.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            try CommandName.check(arguments)
            try await run(parseAsRoot(arguments))
        } catch {
            let ending = CommandEnding(error, arguments: arguments)
            if ending.isResult { try? Console.print(ending.text + "\n") } else { Console.report(ending) }
            Foundation.exit(ending.status)
        }
    }

    private static func run(_ command: any ParsableCommand) async throws {
        var command = command
        guard var command = command as? any AsyncParsableCommand else { return try command.run() }
        try await command.run()
    }
}

extension Console {
    /// Says why a command failed, if that is not said yet.
    fileprivate static func report(_ ending: CommandEnding) {
        if !ending.text.isEmpty { report(ending.text) }
    }
}
