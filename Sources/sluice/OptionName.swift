// "Did you mean …?" for required options. ArgumentParser reports such an option as missing before it looks at what was
// written in its place.

import ArgumentParser
import GatewayServer

enum OptionName {
    /// The option that was meant by one that the command does not have.
    ///
    /// - Parameter arguments: the command line, without the program.
    /// - Returns: nothing when each option is known, or like no other.
    static func meant(in arguments: [String]) -> String? {
        guard let command = command(of: arguments) else { return nil }
        let known = names(of: command)
        let written = arguments.dropFirst().prefix { $0 != "--" }.filter { $0.utf8.starts(with: "--".utf8) }
            .map { String($0.prefix { $0 != "=" }) }
        return written.lazy.filter { !known.contains($0) }.compactMap { NearestName.find($0, among: known) }.first
    }

    /// Commands that take the gateway's settings look after their options' names themselves.
    private static func command(of arguments: [String]) -> (any ParsableCommand.Type)? {
        let own: [any ParsableCommand.Type] = [
            ListenCommand.self, PublishCommand.self, TokenCommand.self, BenchCommand.self,
        ]
        return own.first { $0.configuration.commandName == arguments.first }
    }

    /// The names as the help text shows them.
    private static func names(of command: any ParsableCommand.Type) -> [String] {
        Sluice.helpMessage(for: command).split { $0 == " " || $0 == "\n" || $0 == "[" || $0 == "]" || $0 == "," }
            .filter { $0.utf8.starts(with: "--".utf8) }.map(String.init)
    }
}
