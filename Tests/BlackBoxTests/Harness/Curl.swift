// Requests by the curl command: a client that shares no code with the gateway.

import Foundation
import Testing

/// An answer as curl saw it.
struct Answer: Sendable {
    let status: Int
    /// The fields in order, with their names in lower case.
    let fields: [(name: String, value: String)]
    let body: String

    /// The values of a field.
    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The value of a field that comes once at most.
    subscript(name: String) -> String? { all(name).first }

    /// The body as a JSON object; empty when it is none.
    var json: [String: Any] {
        ((try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any]) ?? [:]
    }

    /// The members of an RFC 9457 problem.
    var code: String? { json["code"] as? String }
    var detail: String? { json["detail"] as? String }
}

extension Answer {
    /// Reads a head as `curl --dump-header` writes it; interim answers (1xx) come first and are passed over.
    init(head: String, body: String) throws {
        let heads = head.split(separator: "\r\n\r\n")
        let lines = try #require(heads.last, "no answer").split(separator: "\r\n")
        let parts = try #require(lines.first).split(separator: " ")
        status = try #require(parts.count > 1 ? Int(parts[1]) : nil)
        fields = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (line[..<colon].lowercased(), value)
        }
        self.body = body
    }
}

/// Runs curl.
enum Curl {
    /// One request over whatever the arguments say, with its answer.
    static func request(_ arguments: [String], in workspace: Workspace) async throws -> Answer {
        let head = workspace.freshPath("head")
        let standing = ["--silent", "--show-error", "--max-time", "30", "--dump-header", head]
        let curl = try Child("curl", standing + arguments, in: workspace)
        let body = try await curl.succeeded()
        return try Answer(head: String(contentsOfFile: head, encoding: .utf8), body: body)
    }
}
