// Promise: every command ends with a code of one table and a sentence that says what to do; and quietly when nobody
// reads it.

import Foundation
import Testing

extension Outside {
    @Suite struct CommandEndTests {
        @Test(arguments: ["check", "serve --help", "--help", "token --keys KEYS --sub alice"])
        func aClosedPipeEndsItQuietly(command: String) async throws {
            let (workspace, certificates) = try await (Workspace(), Certificates.shared())
            let arguments = command.replacingOccurrences(of: "KEYS", with: certificates.tokenKeys)
            // The reader has gone before the first line.
            let script =
                "(until [ -e gone ]; do :; done; exec \(try Package.program()) \(arguments)) | { exec <&-; : > gone; }"
            let child = try Child("sh", ["-c", script], in: workspace, folder: workspace.folder.path)
            _ = try await child.ended(within: .seconds(10))
            #expect(child.errors.isEmpty, "\(child.errors)")
        }

        @Test func theSameFaultHasTheSameCodeInCheckAndServe() async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let good: Settings = [
                "tls.certificate": certificates.chain, "tls.key": certificates.key, "auth.keys": certificates.tokenKeys,
                "listen.address": "127.0.0.1", "listen.port": "\(ports[0])", "admin.port": "\(ports[1])",
            ]
            let held = try HeldPort()
            let faults: [(Settings, Int32)] = [
                (["listen.prot": "1"], 78), (["auth.keys": "missing.json"], 78),
                (["tls.key": certificates.authorityKey], 78),
                (["listen.port": "\(held.number)"], 1), (["listen.address": "203.0.113.1"], 1),
            ]
            for (number, (fault, code)) in faults.enumerated() {
                let file = try workspace.write(good.overridden(by: fault).yaml, to: "\(number).yaml")
                for command in ["serve", "check"] {
                    let child = try Child(Package.program(), [command, "--config", file], in: workspace)
                    #expect(try await child.ended() == code, "\(command) \(fault): \(child.transcript)")
                }
            }
        }

        @Test func aKeySetInItsPathsPlaceIsNotRepeated() async throws {
            let (workspace, certificates) = try await (Workspace(), Certificates.shared())
            let keys = try String(contentsOfFile: certificates.tokenKeys, encoding: .utf8)
            let secret = try #require(keys.split(separator: "\"").max { $0.count < $1.count })
            for (command, flags) in [
                ("serve", []), ("check", []), ("check", ["--json"]), ("demo", ["--auth-keys", keys]),
            ] {
                let child = try Child(
                    Package.program(), [command] + flags,
                    environment: ["SLUICE_AUTH_KEYS": keys, "SLUICE_URL": String(secret)],
                    in: workspace)
                #expect(try await child.ended() == 78, "\(child.transcript)")
                let said = child.output + child.errors
                #expect(said.contains("auth.keys") && said.contains("not shown"), "\(said)")
                #expect(!said.contains(secret))
            }
        }

        @Test func kubernetesVariablesDoNotKeepTheGatewayFromStarting() async throws {
            let (workspace, certificates) = try await (Workspace(), Certificates.shared())
            let environment = [
                "SLUICE_SERVICE_HOST": "10.96.0.12", "SLUICE_SERVICE_PORT": "8443",
                "SLUICE_PORT": "tcp://10.96.0.12:8443",
                "SLUICE_PORT_8443_TCP": "tcp://10.96.0.12:8443", "SLUICE_ADMIN_PORT": "tcp://10.96.0.13:8444",
            ]
            let child = try Child(
                Package.program(),
                [
                    "serve", "--tls-certificate", certificates.chain, "--tls-key", certificates.key, "--auth-keys",
                    certificates.tokenKeys, "--listen-address", "127.0.0.1", "--listen-port", "0", "--admin-address",
                    "127.0.0.2",
                ], environment: environment, in: workspace)
            try await eventually("both listeners", otherwise: { child.transcript }) {
                child.errors.split(separator: "\n").count { $0.contains("Listening.") } == 2
            }
            #expect(child.errors.split(separator: "\n").count { $0.contains("SLUICE_PORT") } == 1, "\(child.errors)")
            child.send(SIGTERM)
            #expect(try await child.ended() == 0)
        }

        @Test func wordsForWhatIsMistypedOrMissing() async throws {
            let workspace = try Workspace()
            let cases = [
                (["pubish"], "did you mean publish?"),
                (["check", "--orgin", "https://a.example"], "did you mean --origin?"),
                (["demo", "--demo-prot", "1"], "did you mean --demo-port?"),
                (["publish", "--url", "https://localhost:1", "--to-everyone"], "--data"),
                (["listen"], "SLUICE_URL"),
                (
                    ["publish", "--url", "https://localhost:1", "--to-everyone", "--data", "x", "--timeout", "3"],
                    "3s for seconds"
                ),
            ]
            for (arguments, words) in cases {
                let child = try Child(Package.program(), arguments, in: workspace)
                #expect([64, 78].contains(try await child.ended()), "\(arguments): \(child.transcript)")
                #expect((child.output + child.errors).contains(words), "\(arguments): \(child.transcript)")
            }
        }

        @Test func nobodyThereIsToldInPlainWords() async throws {
            let (workspace, ports) = try (Workspace(), freePorts(1))
            let environment = ["SLUICE_URL": "https://localhost:\(ports[0])", "SLUICE_TOKEN": "abc"]
            for arguments in [
                ["publish", "--to-everyone", "--data", "x"],
                ["bench", "--keys", "KEYS", "--streams", "1", "--events", "1"],
            ] {
                let keys = try await Certificates.shared().tokenKeys
                let child = try Child(
                    Package.program(), arguments.map { $0 == "KEYS" ? keys : $0 }, environment: environment,
                    in: workspace)
                #expect(try await child.ended() == 1, "\(child.transcript)")
                #expect(child.errors.contains("is the gateway running?"), "\(child.errors)")
                for raw in ["errno", "NIO", "descriptor", "Error(", "error set"] {
                    #expect(!child.errors.contains(raw), "\(child.errors)")
                }
            }
        }

        @Test func benchSaysHowManyStreamsWereLetIn() async throws {
            try await Gateway.run(["limits.streams": "5"]) { gateway in
                let bench = try Child(
                    Package.program(),
                    [
                        "bench", "--keys", gateway.certificates.tokenKeys, "--streams", "20", "--events", "40",
                        "--rate", "100",
                    ],
                    environment: ["SLUICE_URL": gateway.url, "SLUICE_CA": gateway.certificates.authority],
                    in: gateway.workspace)
                #expect(try await bench.ended() == 1, "\(bench.transcript)")
                #expect(bench.output.contains("only 5 of 20 were let in"), "\(bench.output)")
                #expect(bench.output.contains("streams-limit"), "\(bench.output)")
                #expect(!bench.output.contains(" -"), "no time is negative: \(bench.output)")
            }
        }
    }
}
