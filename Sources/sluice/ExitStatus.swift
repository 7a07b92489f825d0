// What the program's exit codes mean: one table for all commands, for `--help`, and for the article.

import ArgumentParser

/// How a command ended.
enum ExitStatus: Int32, CaseIterable {
    case done = 0
    case failed = 1
    /// `EX_USAGE` of sysexits.h, which ArgumentParser takes too.
    case usage = 64
    /// `EX_CONFIG` of sysexits.h.
    case configuration = 78
    /// 128 and the signal's number, as a shell says it.
    case interrupted = 130
    case readerLeft = 141
    case terminated = 143

    /// For whoever writes a script.
    var meaning: String {
        switch self {
        case .done: "done, stopped, or nothing is wrong"
        case .failed: "refused, not reached, lost, or an address that is in use: standard error says what"
        case .usage: "the command line is wrong"
        case .configuration: "the configuration, or a certificate, key or log file that it or an option names, is wrong"
        case .interrupted: "serve, demo: a second SIGINT ended the drain before its time"
        case .readerLeft: "nobody reads the output any more (listen ends with 0 then)"
        case .terminated: "serve, demo: a second SIGTERM ended the drain before its time"
        }
    }

    var code: ExitCode { ExitCode(rawValue) }

    /// The table for `--help`.
    static let help =
        "EXIT CODES:\n" + allCases.map { "  \(pad($0.rawValue))  \($0.meaning)" }.joined(separator: "\n")

    /// The table for the article.
    static let markdownTable =
        (["| Exit code | |", "|---|---|"] + allCases.map { "| \($0.rawValue) | \($0.meaning) |" }).joined(
            separator: "\n")

    private static func pad(_ number: Int32) -> String {
        let digits = String(number)
        return String(repeating: " ", count: 3 - digits.count) + digits
    }
}
