import ArgumentParser
import Foundation
import Testing
import TokenAuth

@testable import sluice

@Suite struct TokenCommandTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    private static let jwks = Array(
        """
        {"keys":[{"kty":"oct","kid":"first","alg":"HS256","k":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"},
        {"kty":"oct","kid":"second","alg":"HS256","k":"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY"}]}
        """.utf8)

    /// Runs the command over a key set in a file, and verifies what it gives.
    private func claims(_ more: String..., audience: String? = nil) throws -> Claims {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString).json")
        try Data(Self.jwks).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let command = try TokenCommand.parse(["--keys", file.path, "--sub", "alice"] + more)
        let verifier = TokenVerifier(keys: try KeySet(jwks: Self.jwks), policy: TokenPolicy(audience: audience))
        return try verifier.verify(
            Array(command.token(now: now).utf8), now: NumericDate(secondsSinceEpoch: 1_700_000_001))
    }

    @Test func `the plain token reads its own events for an hour`() throws {
        let claims = try claims()
        #expect(claims.subject == "alice")
        #expect(claims.keyID == "first")
        #expect(claims.expiresAt == NumericDate(secondsSinceEpoch: 1_700_003_600))
        #expect(claims.grants == .none && claims.tokenID == nil)
    }

    @Test func `every option reaches the token`() throws {
        let claims = try claims(
            "--ttl", "2d", "--subscribe", "news", "--subscribe", "rooms/*", "--publish", "user:*", "--publish",
            "everyone", "--admin", "--kid", "second", "--issuer", "https://issuer", "--audience", "sluice",
            "--jti", "7c9e", audience: "sluice")
        #expect(claims.expiresAt == NumericDate(secondsSinceEpoch: 1_700_172_800))
        #expect(claims.keyID == "second" && claims.tokenID == "7c9e")
        #expect(claims.grants.subscribe == ["news", "rooms/*"])
        #expect(claims.grants.usersToPublish.matches("bob"))
        #expect(claims.grants.mayPublishToEveryone)
        #expect(!claims.grants.topicsToPublish.matches("news"))
        #expect(claims.grants.isAdmin)
    }

    @Test(arguments: [["--publish", "users:*"], ["--subscribe", "a*b"], ["--ttl", "1"], ["--ttl", "0s"]])
    func `what no token can say is a wrong command line`(_ more: [String]) {
        #expect(throws: (any Error).self) {
            try TokenCommand.parse(["--keys", "keys.json", "--sub", "alice"] + more)
        }
    }

    @Test func `a key set that is not there or lacks the key is told with its path`() throws {
        let missing = try TokenCommand.parse(["--keys", "/nowhere/keys.json", "--sub", "alice"])
        let error = #expect(throws: CommandFailure.self) { try missing.token(now: now) }
        #expect(error?.description.contains("/nowhere/keys.json") == true)
        #expect(throws: CommandFailure.self) { try claims("--kid", "third") }
    }
}
