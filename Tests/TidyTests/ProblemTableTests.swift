// The lists of all problem codes, in the article on the protocol and in the OpenAPI description. They are written from
// the code that answers with them (`make tables`); only what a code means is written by hand.

import Foundation
import Testing

@Suite struct ProblemTableTests {
    /// What a log refuses for the publisher's sake; all else is 503.
    private static let ownStatus = ["idempotency-key-reused": 422, "log-share-full": 429, "event-too-large": 413]

    private static let article = "Sources/GatewayServer/Documentation.docc/Protocol.md"

    /// The codes, each with its status, as the sources make them.
    private static func codes() throws -> Set<String> {
        var found: Set<String> = []
        let names = Set(["HTTPServing", "GatewayRules", "EventHub", "EventLog", "TokenAuth"])
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
                let status = Self.ownStatus[String(match.output.1)] ?? 503
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
            "unprocessableContent": 422, "tooManyRequests": 429, "requestHeaderFieldsTooLarge": 431,
            "notImplemented": 501,
            "serviceUnavailable": 503,
        ]
        return try #require(statuses[name], "say here which number .\(name) has")
    }

    @Test func theTableHasEveryCodeWithItsStatus() throws {
        let codes = try Self.codes()
        #expect(codes.count > 30)
        try Generated.hold(Self.article, between: "<!-- problems:begin -->", and: "<!-- problems:end -->") { lines in
            let known = Dictionary(lines.filter { $0.hasPrefix("| `") }.map { (Self.code(of: $0), $0) }) { first, _ in
                first
            }
            return lines.filter { !$0.hasPrefix("| `") }
                + codes.sorted().map { code in
                    let (name, status) = (code.split(separator: " ")[0], code.split(separator: " ")[1])
                    let meaning =
                        known[String(name)]?.split(separator: "|").dropFirst(2).joined(separator: "|")
                        ?? " \(Self.unsaid) "
                    return "| `\(name)` | \(status) |\(meaning)|"
                }
        }
        #expect(try !SourceTree.file(Self.article).text.contains(Self.unsaid), "say what the new code means")
    }

    @Test func theDescriptionHasEveryCode() throws {
        let names = Set(try Self.codes().map { String($0.split(separator: " ")[0]) })
        try Generated.hold(
            "Sources/APIDescription/openapi.yaml", between: "        # problems:begin", and: "        # problems:end"
        ) { _ in names.sorted().map { "        - \($0)" } }
    }

    /// The code of a row of the table.
    private static func code(of row: String) -> String {
        String(row.dropFirst("| `".count).prefix { $0 != "`" })
    }

    /// What a code means that is written into the table for the first time.
    private static let unsaid = "What does it mean, and what to do?"
}
