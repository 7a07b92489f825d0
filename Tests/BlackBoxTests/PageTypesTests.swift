// Promise: the types that the gateway serves beside the module let a page in TypeScript write what the module takes, and
// nothing that it does not.

import Foundation
import Testing

extension Outside {
    @Suite struct PageTypesTests {
        @Test func aPageInTypeScriptIsChecked() async throws {
            try await Gateway.run { gateway in
                let page = try String(contentsOfFile: Package.client("consumer.ts"), encoding: .utf8)
                _ = try gateway.workspace.write(
                    try await gateway.request("/v1/sluice.d.ts").body, to: "sluice.d.ts")
                let checked = try gateway.workspace.write(page, to: "consumer.ts")
                let compiler = try Child(
                    "tsc",
                    [
                        "--noEmit", "--strict", "--target", "es2022", "--module", "es2022", "--moduleResolution",
                        "node",
                        "--lib", "es2022,dom", checked,
                    ], in: gateway.workspace)
                try await compiler.succeeded()
            }
        }
    }
}
