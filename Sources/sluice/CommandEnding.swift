// How a command that threw ends: what it says, where, and with which exit code. `Sluice.main` writes and exits.

import ArgumentParser
import GatewayServer
import PlainWords

/// The end of a command that threw.
struct CommandEnding: Equatable {
    let status: Int32
    /// What to say; empty when everything is said.
    let text: String
    /// Whether the text is a result, such as a help text, and no complaint.
    let isResult: Bool

    /// - Parameters:
    ///   - error: what was thrown.
    ///   - arguments: the command line, parts of which a message may repeat.
    init(_ error: any Error, arguments: [String]) {
        switch error {
        case is Console.ReaderLeft: self.init(ExitStatus.readerLeft.rawValue, "")
        case let failure as CommandFailure: self.init(failure.status.rawValue, "Error: \(failure)")
        default:
            let status = Sluice.exitCode(for: error).rawValue
            let text = Sluice.fullMessage(for: error)
            self.init(status, status == 0 ? text : Self.hide(arguments, in: Self.hint(arguments, text)))
        }
    }

    private init(_ status: Int32, _ text: String) {
        (self.status, self.text, isResult) = (status, text, status == 0)
    }

    /// ArgumentParser reports a required option that was mistyped as missing. The hint says what was meant, and stands
    /// before the usage.
    private static func hint(_ arguments: [String], _ text: String) -> String {
        guard !text.contains("Did you mean"), let meant = OptionName.meant(in: arguments) else { return text }
        let (first, rest) = (text.prefix { $0 != "\n" }, text.drop { $0 != "\n" })
        return "\(first). Did you mean '\(meant)'?\(rest)"
    }

    /// ArgumentParser repeats what it does not understand. That may be a key, or a token that lost its option.
    private static func hide(_ arguments: [String], in message: String) -> String {
        let values = arguments.flatMap { [$0] + $0.split(separator: "=", maxSplits: 1).dropFirst().map(String.init) }
        let shown = values.filter { $0.utf8.count > shortest }.sorted { $0.count > $1.count }
        return shown.reduce(message) { text, value in
            guard text.contains(value) else { return text }
            let quoted = QuotedValue(value)
            let name = quoted.isWithheld ? quoted.description : QuotedValue.printable(value, atMost: longest)
            guard name != value else { return text }
            return text.split(separator: value, omittingEmptySubsequences: false).joined(separator: name)
        }
    }

    /// A shorter argument is a word, which may be anywhere in a message.
    private static let shortest = 5
    /// A longer text is cut.
    private static let longest = 120
}

/// A failure in one sentence that says what to do.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    /// What the program ends with.
    let status: ExitStatus

    init(_ description: String, _ status: ExitStatus = .failed) {
        self.description = description
        self.status = status
    }
}

// "Did you mean …?" for commands. ArgumentParser asks it for options.

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
