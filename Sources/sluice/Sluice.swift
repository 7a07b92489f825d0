import ArgumentParser

/// The command line. Each command is a file of its own; this one only lists them.
///
/// Exit codes: 0 done, 1 failed (the reason is on standard error), 64 the command line itself is wrong.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "An event gateway: server-sent events over TLS, with the user's identity from a signed token.",
        discussion: "Exit codes: 0 done, 1 failed (the reason is on standard error), 64 wrong command line.",
        version: "0.1.0",
        subcommands: [
            ServeCommand.self,
            DemoCommand.self,
            TokenCommand.self,
            PublishCommand.self,
            ListenCommand.self,
            CheckCommand.self,
            BenchCommand.self,
        ])
}
