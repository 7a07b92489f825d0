// Promise: the types that the gateway serves beside the module let a page in TypeScript write what the module takes,
// and nothing that it does not.

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

        @Test(arguments: ["node", "node16"])
        func thePackageBringsItsTypes(resolution: String) async throws {
            let workspace = try Workspace()
            let package = try await ModulePackage(in: workspace)
            let page = try String(contentsOfFile: Package.client("consumer.ts"), encoding: .utf8)
                .replacing("./sluice.js", with: "sluice-client")
            _ = try workspace.write(page, to: "built/consumer.mts")
            let compiler = try Child(
                "tsc",
                [
                    "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--moduleResolution",
                    resolution,
                    "--module", resolution == "node" ? "es2022" : resolution, "consumer.mts",
                ], in: workspace, folder: package.folder)
            try await compiler.succeeded()
        }
    }
}
