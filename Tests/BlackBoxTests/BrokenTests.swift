// Promise: what is broken is said, by the metric, the alert and the line of the log that the runbook names, and so is
// its end. `make broken` does it with all situations, and measures how long it takes. Here are those that no other test
// breaks.

import Foundation
import Testing

extension Outside {
    @Suite struct BrokenTests {
        @Test(.early, arguments: ["clock", "keys", "descriptors"]) func itIsSaidAndItsEnd(
            situation: String
        ) async throws {
            let certificates = try await Certificates.shared()
            let child = try Child(
                Package.python(),
                [
                    Package.client("broken.py"), "--program", Package.program(), "--certificate", certificates.chain,
                    "--key", certificates.key, "--ca", certificates.authority, "--authority-key",
                    certificates.authorityKey, "--keys", certificates.tokenKeys, "--only", situation,
                ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: Workspace())
            let output = try await child.succeeded(within: .seconds(170))
            let said = try #require(JSONLine.all(in: output).first, "\(child.transcript)")
            #expect(said.texts("missing") == [], "\(output)")
            #expect(!output.contains("takes no events"), "the log is not what is broken: \(output)")
            #expect(said.number("line") != nil && said.number("back") != nil, "\(output)")
        }
    }
}
