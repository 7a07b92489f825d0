import ArgumentParser
import GatewayClient
import Testing

@testable import sluice

/// What the command line takes and refuses, without running a command.
@Suite struct CommandLineTests {
    private static let gateway = ["--url", "https://localhost:8443", "--ca", "ca.pem", "--token", "abc"]

    private func exitCode(_ arguments: [String]) -> Int32 {
        do {
            _ = try Sluice.parseAsRoot(arguments)
            return 0
        } catch {
            return Sluice.exitCode(for: error).rawValue
        }
    }

    @Test(arguments: [
        ["publish"] + gateway + ["--to-user", "alice", "--event", "comment", "--data", "-"],
        ["publish"] + gateway + ["--to-topic", "news"],
        ["publish"] + gateway + ["--to-everyone", "--data", "text"],
        ["publish"] + gateway + ["--ndjson"],
        ["listen"] + gateway + ["--topic", "a", "--topic", "b", "--last-event-id", "e-1", "--json", "--count", "3"],
        ["listen", "--url", "https://[::1]", "--silence", "5m"],
    ])
    func `scripts may rely on these`(_ arguments: [String]) {
        #expect(exitCode(arguments) == 0)
    }

    @Test(arguments: [
        ["nonsense"], ["listen"], ["listen", "--url", "http://localhost"], ["listen"] + gateway + ["--count", "0"],
        ["listen"] + gateway + ["--last-event-id", "a\nb"], ["listen"] + gateway + ["--silence", "60"],
        ["publish"] + gateway, ["publish"] + gateway + ["--to-user", "a", "--to-everyone"],
        ["publish"] + gateway + ["--to-user", "a", "--event", "a\rb"],
        ["publish"] + gateway + ["--ndjson", "--to-everyone"], ["publish"] + gateway + ["--ndjson", "--data", "x"],
    ])
    func `a wrong command line is exit code 64`(_ arguments: [String]) {
        #expect(exitCode(arguments) == 64)
    }

    @Test func `topics are kept in order`() throws {
        let command = try #require(
            try Sluice.parseAsRoot(["listen"] + Self.gateway + ["--topic", "b", "--topic", "a"]) as? ListenCommand)
        #expect(command.topics == ["b", "a"])
        #expect(command.gateway.url.port == 8443)
        #expect(command.silence.seconds == 60)
    }

    @Test func `the version is the program's`() {
        #expect(Sluice.configuration.version == "0.1.0")
    }
}

@Suite struct GatewayOptionsTests {
    private func options(_ more: String...) throws -> GatewayOptions {
        try GatewayOptions.parse(["--url", "https://localhost"] + more)
    }

    @Test func `the token may come from the environment, where ps does not show it`() throws {
        _ = try options().bearerToken(environment: ["SLUICE_TOKEN": "abc\n"])
        _ = try options("--token", "abc").bearerToken(environment: [:])
    }

    @Test func `the option goes before the environment`() throws {
        let both = try options("--token", "not a token")
        #expect(throws: GatewayClientError.self) { try both.bearerToken(environment: ["SLUICE_TOKEN": "abc"]) }
    }

    @Test func `without a token it says where to get one`() throws {
        let error = #expect(throws: CommandFailure.self) { try options().bearerToken(environment: [:]) }
        #expect(error?.description.contains("sluice token") == true)
    }
}
