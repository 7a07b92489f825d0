// What `sluice check` prints, line by line for people and at once for programs, and its exit code.

import ArgumentParser
import Foundation
import GatewayServer

/// Prints findings and remembers the worst.
struct CheckReport {
    /// The JSON object.
    private struct Whole: Encodable {
        struct Finding: Encodable {
            let outcome, subject, detail: String
        }

        let ok: Bool
        let findings: [Finding]
    }

    private let json: Bool
    private var findings: [CheckFinding] = []

    init(json: Bool) {
        self.json = json
    }

    /// Takes a finding, and prints it for people.
    mutating func take(_ finding: CheckFinding) throws {
        findings.append(finding)
        if !json { try Console.print("\(finding)\n") }
    }

    /// Prints what is left, and ends.
    ///
    /// - Throws: the exit code, unless nothing is wrong.
    func end() throws {
        if json { try Console.print(try text()) }
        guard status == .done else { throw status.code }
    }

    /// The exit code that `serve` would end with, if anything is wrong.
    var status: ExitStatus {
        let wrong = findings.filter { $0.outcome == .wrong }
        if wrong.isEmpty { return .done }
        return wrong.contains { $0.fault == .configuration } ? .configuration : .failed
    }

    /// One JSON object on one line.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let whole = Whole(
            ok: status == .done,
            findings: findings.map { .init(outcome: $0.outcome.word, subject: $0.subject, detail: $0.detail) })
        return String(decoding: try encoder.encode(whole), as: UTF8.self) + "\n"
    }
}

extension CheckFinding.Outcome {
    /// For programs.
    fileprivate var word: String {
        switch self {
        case .fine: "fine"
        case .doubtful: "doubtful"
        case .wrong: "wrong"
        }
    }
}
