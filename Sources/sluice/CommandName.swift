// "Did you mean …?" for commands; for options ArgumentParser asks it.

import ArgumentParser
import GatewayServer
import PlainWords

enum CommandName {
    /// Looks at the word that should be a command.
    ///
    /// - Parameter arguments: the command line, without the program.
    /// - Throws: `ValidationError` when there is no such command.
    static func check(_ arguments: [String]) throws {
        guard let word = arguments.first, !word.hasPrefix("-") else { return }
        let names = Sluice.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard !names.contains(word), word != "help" else { return }
        let near = NearestName.find(word, among: names).map { "did you mean \($0)?" }
        let remedy = near ?? "there are \(names.joined(separator: ", "))"
        throw ValidationError("there is no command \(QuotedValue(word)); \(remedy)")
    }
}
