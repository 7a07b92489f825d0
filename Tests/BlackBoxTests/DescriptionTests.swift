// Promise: the gateway does what its OpenAPI description says, and answers nothing that it does not say.

import Foundation
import Testing

extension Outside {
    @Suite struct DescriptionTests {
        /// Holds a running gateway to the description that it serves.
        ///
        /// - Parameters:
        ///   - url: the listener's.
        ///   - paths: which of the description's paths that listener serves, as a regular expression.
        private static func hold(
            _ gateway: Gateway, _ url: String, paths: String, operations: Int
        ) async throws {
            let answer = try await gateway.request("/v1/openapi.yaml")
            #expect(answer.status == 200 && answer["content-type"] == "application/yaml")
            let description = try gateway.workspace.write(answer.body, to: "openapi.yaml")
            // By schemathesis' own validator of the document, and by the specification's JSON Schema.
            try await Child(
                Package.python(), ["-m", "openapi_spec_validator", description], in: gateway.workspace
            ).succeeded()

            let report = gateway.workspace.path("report.xml")
            let run = try Child(
                Package.python(),
                [
                    "-m", "schemathesis.cli", "--config-file", Package.client("openapi/schemathesis.toml"), "run",
                    description, "--url", url, "--include-path-regex", paths, "--tls-verify",
                    gateway.certificates.authority, "--report", "junit", "--report-junit-path", report, "--no-color",
                ],
                environment: [
                    "SLUICE_TOKEN": try await gateway.token(
                        "alice", "--subscribe", "*", "--publish", "user:*", "--publish", "topic:*", "--publish",
                        "everyone", "--admin"),
                    "PYTHONPATH": Package.client("openapi"), "PYTHONDONTWRITEBYTECODE": "1",
                ], in: gateway.workspace, folder: gateway.workspace.folder.path)
            let code = try await run.ended(within: .seconds(120))
            #expect(code == 0, "\(run.output.suffix(20_000)) \(run.errors.suffix(3000))")
            // A filter that matches nothing would hold nothing.
            let tested = try String(contentsOfFile: report, encoding: .utf8).components(separatedBy: "<testcase ").count
            #expect(tested - 1 >= operations, "\(run.output.suffix(3000))")
            print("DescriptionTests: \(paths): \(run.outputLines.suffix(12).joined(separator: " "))")
            #expect(gateway.child.exitCode == nil, "\(gateway.child.transcript)")
        }

        @Test func thePublicListenerIsAsItIsDescribed() async throws {
            try await Gateway.run { gateway in
                try await Self.hold(gateway, gateway.url, paths: "^/v1/", operations: 30)
            }
        }

        @Test func theAdminListenerIsAsItIsDescribed() async throws {
            try await Gateway.run { gateway in
                try await Self.hold(
                    gateway, "http://127.0.0.1:\(gateway.adminPort)",
                    paths: "^/(livez|readyz|metrics|reloads|dashboard)$",
                    operations: 5)
            }
        }
    }
}
