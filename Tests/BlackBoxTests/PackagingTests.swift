// Promise: what is shipped beside the program says what the program does: man pages, completions, units, manifests, and
// the list of what is in it. The package itself is tested by `make dist-check`.

import Foundation
import Testing

extension Outside {
    @Suite struct PackagingTests {
        private static func printed(_ arguments: String..., in workspace: Workspace) async throws -> String {
            try await Child(Package.program(), arguments, in: workspace).succeeded()
        }

        /// What the program says of itself, in a file.
        private static func file(_ name: String, _ arguments: String..., in workspace: Workspace) async throws -> String
        {
            try workspace.write(
                try await Child(Package.program(), arguments, in: workspace).succeeded(), to: name)
        }

        @Test func eachCommandAndOptionHasItsPlaceInAManPage() async throws {
            let workspace = try Workspace()
            let help = try await Self.file("help.json", "--experimental-dump-help", in: workspace)
            let settings = try await Self.file("settings", "serve", "--print-configuration-table", in: workspace)
            let folder = workspace.path("man")
            _ = try await Child(
                "python3", [Package.path("deploy/package/man.py"), help, settings, folder], in: workspace
            ).succeeded()
            let pages = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            var texts: [String: String] = [:]
            for page in pages {
                let shown = try Child(
                    "groff", ["-man", "-Tutf8", "-ww", "-P-cbou", "\(folder)/\(page)"], in: workspace)
                texts[page] = try await shown.succeeded()
                #expect(shown.errors.isEmpty, "\(page): \(shown.errors)")
            }
            let described = try JSONDecoder().decode(DumpedHelp.self, from: Data(contentsOf: URL(filePath: help)))
            for command in described.command.subcommands ?? [] where command.commandName != "help" {
                let page = try #require(texts["sluice-\(command.commandName).1"], "\(pages)")
                for name in command.optionNames { #expect(page.contains(name), "\(command.commandName): \(name)") }
            }
            let table = try #require(texts["sluice.yaml.5"])
            for key in ["listen.port", "shutdown.delay", "logging.level"] { #expect(table.contains(key)) }
        }

        @Test(arguments: ["bash", "zsh", "fish"]) func eachShellTakesItsCompletions(shell: String) async throws {
            let workspace = try Workspace()
            let script = try await Self.file("script", "--generate-completion-script", shell, in: workspace)
            let checked = try Child(shell, ["-n", script], in: workspace)
            #expect(try await checked.ended() == 0, "\(checked.transcript)")
            #expect(try String(contentsOfFile: script, encoding: .utf8).contains("publish"))
        }

        @Test func bashCompletesACommand() async throws {
            let workspace = try Workspace()
            let script = try await Self.file("script", "--generate-completion-script", "bash", in: workspace)
            let asks = """
                . \(script)
                COMP_WORDS=(sluice pub) COMP_CWORD=1 COMP_LINE='sluice pub' COMP_POINT=10
                $(complete -p sluice | sed 's/.*-F \\([^ ]*\\).*/\\1/') sluice pub sluice
                echo "${COMPREPLY[@]}"
                """
            let said = try await Child("bash", ["-c", asks], in: workspace).succeeded()
            #expect(said.split(whereSeparator: \.isWhitespace) == ["publish"])
        }

        @Test func theListOfWhatIsInItIsComplete() async throws {
            let workspace = try Workspace()
            let pins = try JSONDecoder().decode(
                ResolvedPackages.self, from: Data(contentsOf: URL(filePath: Package.path("Package.resolved"))))
            let made = try Child(
                "python3",
                [
                    Package.path("deploy/package/sbom.py"), "--program", Package.program(), "--resolved",
                    Package.path("Package.resolved"), "--checkouts", Package.path(".build/checkouts"), "--swift", "6.2",
                ], in: workspace)
            let list = try JSONDecoder().decode(BillOfMaterials.self, from: Data(try await made.succeeded().utf8))
            #expect(list.bomFormat == "CycloneDX" && list.metadata.component.version == "0.2.0")
            let places = Dictionary(uniqueKeysWithValues: list.components.map { ($0.name, $0) })
            for pin in pins.pins {
                let name = try #require(pin.location.split(separator: "/").last?.replacing(".git", with: ""))
                let component = try #require(places[String(name)], "\(pin.identity) is not in it")
                #expect(component.version == pin.state.version)
                #expect(component.licenses?.isEmpty == false, "\(pin.identity) has no licence")
            }
            for library in ["libssl.so.3", "libcrypto.so.3", "libnghttp2.so.14", "libsqlite3.so.0", "swift"] {
                #expect(places[library]?.version != nil, "\(library): \(places.keys.sorted())")
            }
        }

        /// What an operator is told to type is what `make dist-check` does in a Debian without Swift.
        @Test(arguments: ["README.md", "Sources/GatewayServer/Documentation.docc/Installing.md"])
        func theInstallationIsTheOneThatIsChecked(page: String) throws {
            let text = try String(contentsOfFile: Package.path(page), encoding: .utf8)
            let checked = try String(
                contentsOfFile: Package.path("deploy/package/check-inside.sh"), encoding: .utf8
            ).split(separator: "\n")
            let blocks = try ReadmeCommand.all(in: text).filter { $0.action == .held("PackagingTests") }
            #expect(blocks.contains { $0.script.hasPrefix("apt install ") })
            var next = 0
            for line in blocks.flatMap({ $0.script.split(separator: "\n") }) {
                let place = checked[next...].firstIndex { $0.hasPrefix(line) }
                next = try #require(place, "nobody has tried, in this order: \(line)") + 1
            }
        }

        private static let units = ["sluice.service", "sluice.socket", "sluice-admin.socket"]

        /// systemd takes each word of the units, for a program that is there.
        @Test(arguments: units) func systemdTakesTheUnit(name: String) async throws {
            let workspace = try Workspace()
            for unit in Self.units {
                let text = try String(contentsOfFile: Package.path("deploy/\(unit)"), encoding: .utf8)
                try workspace.write(
                    text.replacing("/usr/local/bin/sluice", with: "/bin/true").replacing("=sluice\n", with: "=root\n"),
                    to: unit)
            }
            let verified = try Child("systemd-analyze", ["verify", "--man=no", workspace.path(name)], in: workspace)
            #expect(try await verified.ended() == 0, "\(verified.transcript)")
            #expect(!verified.errors.contains(name), "\(verified.errors)")
        }

        /// The unit of a NATS server, too, which is hardened no less than the gateway's.
        @Test func systemdTakesTheUnitOfNATSAndFindsItAsHard() async throws {
            let workspace = try Workspace()
            let text = try String(contentsOfFile: Package.path("deploy/cluster/nats.service"), encoding: .utf8)
            let unit = try workspace.write(
                text.replacing("/usr/local/bin/nats-server", with: "/bin/true").replacing("=nats\n", with: "=root\n"),
                to: "nats.service")
            let verified = try Child("systemd-analyze", ["verify", "--man=no", unit], in: workspace)
            #expect(try await verified.ended() == 0, "\(verified.transcript)")
            #expect(!verified.errors.contains("nats.service"), "\(verified.errors)")
            for name in ["cluster/nats.service", "sluice.service"] {
                let file = Package.path("deploy/\(name)")
                let security = ["security", "--offline=true", "--threshold=20", file]
                let rated = try Child("systemd-analyze", security, in: workspace)
                #expect(try await rated.ended() == 0, "\(rated.transcript)")
            }
        }

        @Test func kubernetesTakesTheManifests() async throws {
            let workspace = try Workspace()
            let table = try await Self.file("settings", "serve", "--print-configuration-table", in: workspace)
            let client = try Child(
                Package.python(), [Package.client("manifests.py"), Package.path("deploy"), table],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let wrong = try await client.succeeded(within: .seconds(120)).trimmingCharacters(
                in: .whitespacesAndNewlines)
            #expect(wrong.isEmpty, "\(wrong)")
        }
    }

    /// What `--experimental-dump-help` prints, as far as it is looked at.
    private struct DumpedHelp: Decodable {
        struct Command: Decodable {
            struct Argument: Decodable {
                struct Name: Decodable {
                    let kind: String
                    let name: String
                }

                let names: [Name]?
                let shouldDisplay: Bool?
            }

            let commandName: String
            let subcommands: [Command]?
            let arguments: [Argument]?

            var optionNames: [String] {
                (arguments ?? []).filter { $0.shouldDisplay ?? true }.flatMap { $0.names ?? [] }
                    .map { ($0.kind == "short" ? "-" : "--") + $0.name }
            }
        }

        let command: Command
    }

    private struct ResolvedPackages: Decodable {
        struct Pin: Decodable {
            struct State: Decodable { let version: String? }

            let identity: String
            let location: String
            let state: State
        }

        let pins: [Pin]
    }

    private struct BillOfMaterials: Decodable {
        struct Licence: Decodable {}
        struct Component: Decodable {
            let name: String
            let version: String?
            let licenses: [Licence]?
        }
        struct Metadata: Decodable { let component: Component }

        let bomFormat: String
        let metadata: Metadata
        let components: [Component]
    }
}
