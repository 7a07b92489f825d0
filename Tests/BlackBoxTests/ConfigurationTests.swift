// Promise: a wrong, missing or unknown setting ends the start before any socket opens, with exit code 78 (EX_CONFIG)
// and a message that names the file, the key, the value and the remedy.

import Foundation
import Testing

extension Outside {
    @Suite struct ConfigurationTests {
        /// One mistake: settings laid over good ones (nil takes a key out), and what the message must name.
        struct Mistake: Sendable, CustomTestStringConvertible {
            let key: String
            let value: String?
            let named: [String]
            var testDescription: String { "\(key): \(value ?? "(missing)")" }

            init(_ key: String, _ value: String?, _ named: String...) {
                (self.key, self.value, self.named) = (key, value, named)
            }
        }

        private static let mistakes = [
            Mistake("listen.port", "banana", "listen.port", "banana", "65535"),
            Mistake("listen.port", "70000", "listen.port", "70000", "65535"),
            Mistake("listen.port", "-1", "listen.port", "-1"),
            Mistake("listen.address", "not an address", "listen.address", "not an address"),
            Mistake("listen.prot", "8443", "listen.prot", "listen.port"),
            Mistake("banana.split", "1", "banana"),
            Mistake("tls.certificate", nil, "tls.certificate"),
            Mistake("tls.certificate", "missing.pem", "tls.certificate", "missing.pem"),
            Mistake("tls.certificate", "KEYS", "tls.certificate", "keys.json"),
            Mistake("tls.key", nil, "tls.key"),
            Mistake("tls.key", "OTHERKEY", "tls.key", "ca.key"),
            Mistake("tls.minimum_version", "1.1", "tls.minimum_version", "1.1", "1.2"),
            Mistake("auth.keys", nil, "auth.keys"),
            Mistake("auth.keys", "missing.json", "auth.keys", "missing.json"),
            Mistake("auth.keys", "CERTIFICATE", "auth.keys", "server.pem"),
            Mistake("auth.keys", "SHORT", "auth.keys", "short.json", "32"),
            Mistake("auth.clock_skew", "10m", "auth.clock_skew", "10m", "5m"),
            Mistake("auth.query_token", "perhaps", "auth.query_token", "perhaps", "true"),
            Mistake("cors.origins", "[\"*\"]", "cors.origins", "*"),
            Mistake("cors.origins", "[\"https://app.example/path\"]", "cors.origins", "https://app.example/path"),
            Mistake("cors.origins", "[app.example]", "cors.origins", "app.example", "https://"),
            Mistake("stream.heartbeat", "soon", "stream.heartbeat", "soon", "100ms"),
            Mistake("stream.heartbeat", "-5s", "stream.heartbeat", "-5s"),
            Mistake("stream.buffer", "64 bananas", "stream.buffer", "64 bananas", "KiB"),
            Mistake("limits.streams", "many", "limits.streams", "many"),
            Mistake("limits.streams", "0", "limits.streams", "0"),
            Mistake("publish.client_certificate", "required", "publish.client_certificate", "tls.client_ca"),
            Mistake("publish.client_certificate", "perhaps", "publish.client_certificate", "perhaps", "optional"),
            Mistake("logging.level", "loud", "logging.level", "loud", "info"),
        ]

        /// A start with the ports taken by the test: one that opens a socket first fails for that reason.
        private static func start(
            _ settings: Settings, without missing: String? = nil, environment: [String: String] = [:],
            flags: [String] = []
        ) async throws -> Child {
            let (workspace, certificates) = try await (Workspace(), Certificates.shared())
            let ports = try (HeldPort(), HeldPort())
            var all: Settings = [
                "listen.address": "127.0.0.1", "listen.port": "\(ports.0.number)", "admin.port": "\(ports.1.number)",
                "tls.certificate": certificates.chain, "tls.key": certificates.key, "auth.keys": certificates.tokenKeys,
            ]
            all = all.overridden(by: settings)
            if let missing { all[missing] = nil }
            let file = try workspace.write(all.yaml, to: "sluice.yaml")
            let child = try Child(
                Package.program(), ["serve", "--config", file] + flags, environment: environment, in: workspace)
            _ = try await child.ended(within: .seconds(10))
            return child
        }

        private static func replaced(_ value: String, in workspace: Workspace) async throws -> String {
            let certificates = try await Certificates.shared()
            switch value {
            case "KEYS": return certificates.tokenKeys
            case "OTHERKEY": return certificates.authorityKey
            case "CERTIFICATE": return certificates.chain
            case "SHORT":
                return try workspace.write(
                    #"{"keys":[\#(KeySetFile.key("brief", "HS256", bytes: 31))]}"#, to: "short.json")
            default: return value
            }
        }

        @Test(arguments: mistakes)
        func aMistakeInTheFileEndsTheStart(mistake: Mistake) async throws {
            let workspace = try Workspace()
            var settings: Settings = [:]
            if let value = mistake.value { settings[mistake.key] = try await Self.replaced(value, in: workspace) }
            let child = try await Self.start(settings, without: mistake.value == nil ? mistake.key : nil)
            #expect(child.exitCode == 78, "\(child.transcript)")
            for words in mistake.named + ["sluice.yaml"] {
                #expect(child.errors.contains(words), "the message does not name \"\(words)\": \(child.errors)")
            }
            #expect(!child.errors.contains("Fatal error"), "\(child.errors)")
        }

        @Test func theEnvironmentGoesBeforeTheFileAndFlagsBeforeBoth() async throws {
            let fromEnvironment = try await Self.start([:], environment: ["SLUICE_LISTEN_PORT": "banana"])
            #expect(fromEnvironment.exitCode == 78)
            #expect(fromEnvironment.errors.contains("SLUICE_LISTEN_PORT"), "\(fromEnvironment.errors)")
            #expect(fromEnvironment.errors.contains("banana"), "\(fromEnvironment.errors)")
            let fromFlag = try await Self.start(
                [:], environment: ["SLUICE_LISTEN_PORT": "banana"], flags: ["--listen-port", "pear"])
            #expect(fromFlag.exitCode == 78)
            #expect(fromFlag.errors.contains("--listen-port"), "\(fromFlag.errors)")
            #expect(fromFlag.errors.contains("pear"), "\(fromFlag.errors)")
        }

        @Test func anUnknownFlagIsAMistakeToo() async throws {
            let child = try await Self.start([:], flags: ["--listen-prot", "8443"])
            #expect(child.exitCode == 78)
            #expect(child.errors.contains("--listen-prot"), "\(child.errors)")
        }

        @Test func anUnknownVariableIsAMistakeToo() async throws {
            let child = try await Self.start([:], environment: ["SLUICE_LISTEN_PROT": "8443"])
            #expect(child.exitCode == 78)
            #expect(child.errors.contains("SLUICE_LISTEN_PROT"), "\(child.errors)")
        }

        @Test func aFileThatIsMissingOrNoYAMLIsNamed() async throws {
            let workspace = try Workspace()
            let broken = try workspace.write("listen: [\n  port: 1\n", to: "broken.yaml")
            for file in [workspace.path("absent.yaml"), broken] {
                let child = try Child(Package.program(), ["serve", "--config", file], in: workspace)
                #expect(try await child.ended() == 78)
                #expect(child.errors.contains(file), "\(child.errors)")
            }
        }

        @Test func aPortThatIsTakenIsNamed() async throws {
            let child = try await Self.start([:])
            let code = try #require(child.exitCode)
            #expect(code > 0 && code != 78, "a taken port is no mistake in the file: \(code)")
            #expect(child.errors.contains("in use"), "\(child.errors)")
        }

        @Test func environmentAndFlagsConfigureAGatewayThatServes() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let child = try Child(
                Package.program(),
                [
                    "serve", "--listen-address", "127.0.0.1", "--listen-port", "\(ports[0])", "--admin-port",
                    "\(ports[1])",
                    "--tls-certificate", certificates.chain, "--tls-key", certificates.key,
                ],
                environment: ["SLUICE_AUTH_KEYS": certificates.tokenKeys, "SLUICE_LISTEN_PORT": "1"], in: workspace)
            try await eventually("an answer", otherwise: { child.transcript }) {
                let curl = try Child(
                    "curl", ["--silent", "--cacert", certificates.authority, "https://localhost:\(ports[0])"],
                    in: workspace)
                return try await curl.ended() == 0 && curl.output.contains("path-unknown")
            }
            child.send(SIGTERM)
            #expect(try await child.ended() == 0)
        }
    }
}
