import ArgumentParser
import Foundation
import GatewayServer
import Testing

@testable import sluice

/// The command lines that pages quote within their sentences, as an operator copies them in an incident. Blocks of
/// commands are run from outside.
@Suite struct QuotedCommandTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardized
    private static let catalog = "Sources/GatewayServer/Documentation.docc/"

    private static let pages: [String] = {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.path + "/" + catalog)
        return ["README.md", "RUNBOOK.md"] + (names ?? []).filter { $0.hasSuffix(".md") }.sorted().map { catalog + $0 }
    }()

    /// What stands between backticks behind `sluice`, word by word.
    private static func quoted(in page: String) throws -> [[String]] {
        let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
        var isBlock = false
        let prose = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if line.hasPrefix("```") { isBlock.toggle() }
            return !isBlock
        }.joined(separator: "\n")
        return prose.matches(of: /`sluice\s([^`]+)`/).map { match in
            String(match.1).replacing(/\$\([^)]*\)/, with: "x").split(whereSeparator: \.isWhitespace).map(String.init)
        }
    }

    /// The command of a line, and what follows its name; nothing when there is no such command.
    private static func command(of words: [String]) -> (type: any ParsableCommand.Type, rest: ArraySlice<String>)? {
        var (type, rest) = (Sluice.self as any ParsableCommand.Type, words[...])
        while let word = rest.first,
            let next = type.configuration.subcommands.first(where: { $0.configuration.commandName == word })
        {
            (type, rest) = (next, rest.dropFirst())
        }
        return type == Sluice.self ? nil : (type, rest)
    }

    /// What a reader puts in the place of a placeholder, and what the environment gives.
    private static func filled(_ words: [String], _ type: any ParsableCommand.Type) -> [String] {
        let values = words.map { word in
            word == "PID" ? "1" : word.hasSuffix("://…") ? word.replacing("…", with: "localhost") : word
        }
        let asksByURL = [ListenCommand.self, PublishCommand.self, UsersCommand.self, KickCommand.self] as [Any.Type]
        let isMissing = (asksByURL + [RevokeCommand.self]).contains { $0 == type } && !words.contains("--url")
        return values + (isMissing ? ["--url", "https://localhost"] : [])
    }

    @Test(arguments: pages) func `each command and option that a page names exists`(_ page: String) throws {
        for words in try Self.quoted(in: page) {
            let line = words.joined(separator: " ")
            guard words.first?.hasPrefix("-") == false else { continue }
            let command = try #require(Self.command(of: words), "\(page): there is no command sluice \(line)")
            let help = Sluice.helpMessage(for: command.type, includeHidden: true, columns: 200)
            for option in command.rest where option.hasPrefix("--") {
                #expect(help.contains(option), "\(page): sluice \(line) has no \(option)")
            }
        }
    }

    @Test(arguments: ["RUNBOOK.md", catalog + "Operating.md"])
    func `each command line that an operator copies is one`(_ page: String) throws {
        var count = 0
        for words in try Self.quoted(in: page) {
            let line = words.joined(separator: " ")
            let command = try #require(Self.command(of: words), "\(page): there is no command sluice \(line)")
            // The name alone speaks of the command.
            guard !command.rest.isEmpty else { continue }
            count += 1
            let parsed = try? Sluice.parseAsRoot(Self.filled(words, command.type))
            #expect(parsed != nil, "\(page): sluice \(line)")
            guard let parsed else { continue }
            let options = Mirror(reflecting: parsed).children.lazy.compactMap {
                ($0.value as? OptionGroup<ConfigurationOptions>)?.wrappedValue
            }.first
            #expect(options.map { $0.unknownSettings() } ?? [] == [], "\(page): sluice \(line)")
        }
        #expect(count > 3)
    }

    /// In an incident nobody knows by heart what else a command wants to be told.
    @Test func `what the runbook says to do finds the gateway's configuration`() throws {
        for words in try Self.quoted(in: "RUNBOOK.md") {
            let help = Sluice.helpMessage(
                for: try #require(Self.command(of: words)).type, columns: 200)
            guard help.contains("--listen-port"), words.first != "explain" else { continue }
            let isNamed = words.contains("--config") || words.contains("--url")
            #expect(isNamed, "RUNBOOK.md: sluice \(words.joined(separator: " "))")
        }
    }
}

extension ConfigurationOptions {
    /// Flags that are none: the command line takes them, and the loader refuses them.
    fileprivate func unknownSettings() -> [String] {
        do throws(ConfigurationErrors) {
            _ = try ConfigurationLoader(path: nil, environment: [:], flags: settings).loadAdmin()
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }
}
