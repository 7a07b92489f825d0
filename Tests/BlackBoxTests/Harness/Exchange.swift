// Requests that one client sends over HTTP/1.1 and over HTTP/2 in turn, and what they came to.

import Foundation
import Testing

/// A request to send over both versions.
struct Exchange: Encodable {
    var method: String
    var path: String
    /// Names and values.
    var fields: [[String]]
    var body: String?
}

/// What it was answered over one of them.
struct ExchangeAnswer: Decodable {
    /// As the client names it: `HTTP/1.1` or `HTTP/2`.
    let version: String
    let status: Int
    let fields: [[String]]
    let body: String
    /// How many events were published by it.
    let events: Int

    func all(_ name: String) -> [String] { fields.filter { $0[0] == name }.map { $0[1] } }
    subscript(name: String) -> String? { all(name).first }

    /// A member of a body that is a JSON object.
    func member(_ name: String) -> String? { JSONLine.all(in: body).first?.text(name) }
}

/// A cookie as it is set (RFC 6265bis §4.1.1).
struct SetCookie {
    let name: String
    let value: String
    let maxAge: Int?
    /// All other attributes.
    let flags: Set<String>

    init(_ field: String) throws {
        let parts = field.components(separatedBy: "; ")
        let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        try #require(pair.count == 2, "\(field)")
        (name, value) = (String(pair[0]), String(pair[1]))
        let ages = parts.filter { $0.hasPrefix("Max-Age=") }
        maxAge = ages.first.flatMap { Int($0.dropFirst(8)) }
        flags = Set(parts.dropFirst()).subtracting(ages)
    }
}

extension Gateway {
    /// Sends requests one after the other.
    ///
    /// - Returns: two answers for each: over HTTP/1.1, then over HTTP/2.
    func exchange(_ requests: [Exchange]) async throws -> [ExchangeAnswer] {
        let lines = try requests.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let input = try workspace.write(lines.joined(separator: "\n") + "\n", to: "requests")
        let child = try startClient("both_versions.py", ["--admin", "\(adminPort)"], input: input)
        let output = try await child.succeeded(within: .seconds(60))
        return try output.split(separator: "\n").map {
            try JSONDecoder().decode(ExchangeAnswer.self, from: Data($0.utf8))
        }
    }
}
