// The table of all problem codes in the article on the protocol, held to the code that answers with them.

import Foundation
import Testing

@Suite struct ProblemTableTests {
    private static let article = "Sources/GatewayServer/Documentation.docc/Protocol.md"

    /// The codes, each with its status, as the sources make them.
    private static func codes() throws -> Set<String> {
        var found: Set<String> = []
        let names = Set(["GatewayHTTP", "EventHub", "EventLog", "TokenAuth"])
        for file in SourceTree.sources where names.contains(file.room ?? "") {
            let text = file.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for match in text.matches(of: #/Problem\( ?\.(\w+), "([a-z0-9-]+)"/#) {
                found.insert("\(match.output.2) \(try status(String(match.output.1)))")
            }
            for match in text.matches(of: #/ = Code\("(token-[a-z-]+)"\)/#) { found.insert("\(match.output.1) 401") }
            for match in text.matches(of: #/tokenRefused\( ?code: "([a-z-]+)"/#) {
                found.insert("\(match.output.1) 401")
            }
            for match in text.matches(of: #/ Code\(name: "([a-z-]+)"\)/#) where file.room == "EventLog" {
                let status = match.output.1 == "idempotency-key-reused" ? 422 : 503
                found.insert("\(match.output.1) \(status)")
            }
            for match in text.matches(of: #/logUnavailable\("([a-z-]+)"/#) { found.insert("\(match.output.1) 503") }
            for match in text.matches(of: #/AdmissionRefusal\( ?code: "([a-z-]+)"/#) {
                found.insert("\(match.output.1) stream")
            }
        }
        return found
    }

    private static func status(_ name: String) throws -> Int {
        let statuses = [
            "badRequest": 400, "unauthorized": 401, "forbidden": 403, "notFound": 404, "methodNotAllowed": 405,
            "requestTimeout": 408, "contentTooLarge": 413, "unsupportedMediaType": 415, "misdirectedRequest": 421,
            "unprocessableContent": 422, "requestHeaderFieldsTooLarge": 431, "notImplemented": 501,
            "serviceUnavailable": 503,
        ]
        return try #require(statuses[name], "say here which number .\(name) has")
    }

    @Test func theTableHasEveryCodeWithItsStatus() throws {
        let lines = try SourceTree.file(Self.article).lines
        let begin = try #require(lines.firstIndex { $0 == "<!-- problems:begin -->" })
        let end = try #require(lines.firstIndex { $0 == "<!-- problems:end -->" })
        let rows = lines[begin..<end].filter { $0.hasPrefix("| `") }.map { row in
            row.split(separator: "|").prefix(2).map { $0.filter { !" `".contains($0) } }.joined(separator: " ")
        }
        let codes = try Self.codes()
        #expect(codes.count > 30)
        #expect(codes.subtracting(rows).sorted() == [], "write a row for each into \(Self.article)")
        #expect(Set(rows).subtracting(codes).sorted() == [], "no code of the gateway's: take it out")
        #expect(rows.count == Set(rows).count)
        #expect(rows == rows.sorted(), "sort the rows")
    }
}
