import ArgumentParser
import GatewayRules
import GatewayServer
import Testing

@testable import sluice

/// What the demo makes of its command line, without starting anything.
@Suite struct DemoCommandTests {
    private func configuration(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> GatewayConfiguration {
        let command = try #require(try Sluice.parseAsRoot(["demo"] + arguments) as? DemoCommand)
        return try command.configuration(environment: environment)
    }

    private func origins(_ configuration: GatewayConfiguration) -> [String] {
        configuration.cors.origins.map { "\($0)" }
    }

    @Test func `without anything it is a developer's gateway that lets the page in`() throws {
        let configuration = try configuration([])
        #expect(configuration.listen.address == "127.0.0.1")
        #expect(configuration.listen.port == 8443)
        #expect(configuration.auth.keys == "certs/dev/keys.json")
        #expect(configuration.tls.identities.map(\.certificate) == ["certs/dev/server.pem"])
        #expect(origins(configuration).first == "https://localhost:8444")
        #expect(origins(configuration).contains("http://localhost:5173"))
        #expect(configuration.session.sameSite == .none)
        #expect(configuration.warnings == [])
    }

    @Test func `the admin listener makes room for the page, unless it has a port of its own`() throws {
        #expect(try configuration([]).admin.port == 8445)
        #expect(try configuration(["--demo-port", "9000"]).admin.port == 8444)
        #expect(try configuration(["--admin-port", "9001"]).admin.port == 9001)
        #expect(try configuration(["--demo-port", "65535", "--admin-port", "65535"]).admin.port == 0)
    }

    @Test func `settings go before the developer's, and keep their origins`() throws {
        let configuration = try configuration(
            ["--demo-port", "9000", "--listen-port", "9443", "--cors-origins", "https://a.example"],
            environment: ["SLUICE_AUTH_KEYS": "other.json"])
        #expect(configuration.listen.port == 9443)
        #expect(configuration.auth.keys == "other.json")
        #expect(origins(configuration) == ["https://a.example", "https://localhost:9000"])
    }

    @Test func `the page has to know the gateway's port`() throws {
        for port in ["0", "8444"] {
            #expect(throws: CommandFailure.self) {
                try configuration(["--listen-port", port, "--admin-port", "9001"])
            }
        }
    }

    @Test(arguments: [
        ["--demo-port", "0"], ["--demo-port", "65536"], ["--demo-port", "page"], ["--control", "http://127.0.0.1:1"],
    ])
    func `a wrong port, or a cluster without gateways, is exit code 64`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Sluice.parseAsRoot(["demo"] + arguments) }
        #expect(error.map { Sluice.exitCode(for: $0).rawValue } == 64)
    }
}
