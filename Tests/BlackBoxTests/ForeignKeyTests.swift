// Promise: keys and tokens of other libraries are taken, whatever their algorithm, and ours are taken by them.

import Testing

extension Outside {
    @Suite struct ForeignKeyTests {
        private static let keyIDs: Set<String> = [
            "rs256", "rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa",
        ]

        private static func run(_ arguments: String..., in workspace: Workspace) async throws -> [JSONLine] {
            let script = [Package.client("foreign_keys.py")] + arguments
            let environment = ["PYTHONDONTWRITEBYTECODE": "1"]
            let child = try Child(Package.python(), script, environment: environment, in: workspace)
            return JSONLine.all(in: try await child.succeeded())
        }

        @Test func tokensOfOtherLibrariesAreTaken() async throws {
            let keys = try Workspace()
            let issued = try await Self.run("make", keys.path("private.json"), keys.path("public.json"), in: keys)
            #expect(issued.count == 2 * Self.keyIDs.count)
            try await Gateway.run(["auth.keys": keys.path("public.json")]) { gateway in
                for line in issued {
                    let (library, keyID) = (line.text("library") ?? "", line.text("kid") ?? "")
                    let token = try #require(line.text("token"))
                    let answer = try await gateway.publish(#"{"to":{"everyone":true},"data":"x"}"#, token: token)
                    #expect(answer.status == 200, "\(library) \(keyID): \(answer.body)")
                }
                let changed = try #require(issued.last?.text("token")).dropLast(8) + "AAAAAAAA"
                #expect(try await gateway.publish("{}", token: String(changed)).code == "token-signature")
            }
        }

        @Test func otherLibrariesTakeOurTokens() async throws {
            let keys = try Workspace()
            _ = try await Self.run("make", keys.path("private.json"), keys.path("public.json"), in: keys)
            var lines = ""
            for keyID in Self.keyIDs.sorted() {
                let arguments = ["token", "--keys", keys.path("private.json"), "--sub", "bob", "--kid", keyID]
                lines += "\(keyID) \(try await Child(Package.program(), arguments, in: keys).succeeded())"
            }
            let tokens = try keys.write(lines, to: "tokens.txt")
            let verified = try await Self.run("verify", keys.path("public.json"), tokens, in: keys)
            #expect(verified.count == 2 * Self.keyIDs.count && verified.allSatisfy { $0.text("user") == "bob" })
            #expect(Set(verified.compactMap { $0.text("kid") }) == Self.keyIDs)
        }

        @Test func aPublicKeySignsNothing() async throws {
            let keys = try Workspace()
            _ = try await Self.run("make", keys.path("private.json"), keys.path("public.json"), in: keys)
            let arguments = ["token", "--keys", keys.path("public.json"), "--sub", "bob"]
            let child = try Child(Package.program(), arguments, in: keys)
            #expect(try await child.ended() == 78)
            #expect(child.errors.contains("public"))
        }
    }
}
