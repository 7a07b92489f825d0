// The commands of the README and of the articles, as a test can run them. A reader sees none of the marks: they are
// comments in front of a block of shell commands.
//
//     <!-- test: once -->          every later block starts with it, as a reader's terminals would
//     <!-- test: run -->           runs and has to succeed; what it prints is kept
//     <!-- test: file NAME -->    writes the block into a file, as a reader would; any language
//     <!-- test: open NAME -->     runs on, like a stream in a terminal of its own
//     <!-- test: close NAME -->    ends what was opened; stands alone
//     <!-- test: see NAME TEXT --> waits until the output of NAME (or `run`, the last block) holds the text; alone
//     <!-- test: not NAME TEXT --> holds that it does not
//     <!-- test: held by SUITE --> another suite of the tests runs what the block says

import Foundation

/// One mark of a page, with the commands of its block.
struct ReadmeCommand: Equatable, Sendable {
    enum Action: Equatable, Sendable {
        case once
        case run
        case open(String)
        case close(String)
        case see(String, String)
        case not(String, String)
        case held(String)
        case file(String)
    }

    let action: Action
    /// The commands; empty for a mark that stands alone.
    let script: String
    /// The line of the mark, from 1.
    let line: Int

    /// The marked commands of a text in Markdown, in order.
    static func all(in markdown: String) throws -> [ReadmeCommand] {
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        return try lines.indices.compactMap { index in
            guard lines[index].hasPrefix("<!-- test:"), let end = lines[index].range(of: "-->") else { return nil }
            let words = lines[index][..<end.lowerBound].dropFirst("<!-- test:".count)
                .split(separator: " ", maxSplits: 2).map(String.init)
            guard let action = Action(words) else {
                throw NotInTime(description: "line \(index + 1): unknown mark \(words)")
            }
            return ReadmeCommand(
                action: action, script: action.hasBlock ? block(after: index, in: lines) : "", line: index + 1)
        }
    }

    /// The lines, from 1, of the blocks of shell commands that have no mark in front of them.
    static func unmarkedBlocks(in markdown: String) -> [Int] {
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.filter { lines[$0] == "```sh" }.filter { index in
            !(lines[..<index].last { !$0.isEmpty }?.hasPrefix("<!-- test:") ?? false)
        }.map { $0 + 1 }
    }

    private static func block(after mark: Int, in lines: [Substring]) -> String {
        let rest = lines[(mark + 1)...].drop { $0.isEmpty }
        guard let fence = rest.first, fence.hasPrefix("```") else { return "" }
        return rest.dropFirst().prefix { !$0.hasPrefix("```") }.joined(separator: "\n") + "\n"
    }
}

extension ReadmeCommand.Action {
    fileprivate init?(_ words: [String]) {
        let text = words.count > 2 ? words[2].trimmed : ""
        switch (words.first, words.count) {
        case ("once", 1): self = .once
        case ("run", 1): self = .run
        case ("open", 2): self = .open(words[1])
        case ("close", 2): self = .close(words[1])
        case ("see", 3): self = .see(words[1], text)
        case ("not", 3): self = .not(words[1], text)
        case ("file", 2): self = .file(words[1])
        case ("held", 3) where words[1] == "by": self = .held(text)
        default: return nil
        }
    }

    fileprivate var hasBlock: Bool {
        switch self {
        case .once, .run, .open, .file, .held: true
        case .close, .see, .not: false
        }
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
