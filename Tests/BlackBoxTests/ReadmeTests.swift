// Promise: the commands of the README and of each article do what the page says, in its order.

import Foundation
import Testing

extension Outside {
    @Suite struct ReadmeTests {
        private static let catalog = "Sources/GatewayServer/Documentation.docc"

        /// The README, and every article.
        private static let pages: [String] = {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: Package.path(catalog))) ?? []
            return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "\(catalog)/\($0)" }
        }()

        private static func commands(of page: String) throws -> [ReadmeCommand] {
            try ReadmeCommand.all(in: String(contentsOfFile: Package.path(page), encoding: .utf8))
        }

        /// Pages with commands that are run here.
        private static let pagesWithCommands = pages.filter { page in
            ((try? commands(of: page)) ?? []).contains { $0.action == .run }
        }

        /// Where the page's gateway listens, as `make run` starts it.
        private static let port = 8443

        @Test func theReadmeAndArticlesHaveCommands() {
            #expect(Self.pagesWithCommands.count >= 2, "\(Self.pagesWithCommands); see ReadmeCommands.swift")
        }

        @Test(arguments: pages) func everyBlockOfCommandsIsRun(page: String) throws {
            let text = try String(contentsOfFile: Package.path(page), encoding: .utf8)
            let unmarked = ReadmeCommand.unmarkedBlocks(in: text)
            #expect(unmarked.isEmpty, "\(page), lines \(unmarked): mark the block; see ReadmeCommands.swift")
            for case .held(let suite) in try Self.commands(of: page).map(\.action) {
                let file = Package.path("Tests/BlackBoxTests/\(suite).swift")
                #expect(
                    FileManager.default.fileExists(atPath: file), "\(page) names a suite \(suite) that is not there")
            }
        }

        @Test(arguments: pagesWithCommands) func commandsDoWhatThePageSays(page: String) async throws {
            let commands = try Self.commands(of: page)
            try await Gateway.run { gateway in
                let session = try Session(gateway: gateway)
                for command in commands { try await session.perform(command) }
                session.endAll()
            }
        }

        @Test func marksAndBlocksAreRead() throws {
            let text = """
                # Title
                <!-- test: once -->
                ```sh
                A=1
                ```
                <!-- test: open alice -->

                ```sh
                curl x
                curl y
                ```
                <!-- test: see alice hello there -->
                <!-- test: close alice -->
                ```sh
                not marked
                ```
                """
            #expect(
                try ReadmeCommand.all(in: text) == [
                    ReadmeCommand(action: .once, script: "A=1\n", line: 2),
                    ReadmeCommand(action: .open("alice"), script: "curl x\ncurl y\n", line: 6),
                    ReadmeCommand(action: .see("alice", "hello there"), script: "", line: 12),
                    ReadmeCommand(action: .close("alice"), script: "", line: 13),
                ])
            #expect(throws: NotInTime.self) { try ReadmeCommand.all(in: "<!-- test: nonsense -->\n") }
        }

        /// The reader's terminals, in a folder that looks like theirs.
        private final class Session {
            private let gateway: Gateway
            private let folder = try? Workspace()
            private var preamble = ""
            private var children: [String: Child] = [:]

            init(gateway: Gateway) throws {
                self.gateway = gateway
                let places = try #require(folder)
                let certificates = URL(fileURLWithPath: gateway.certificates.authority).deletingLastPathComponent()
                let program = URL(fileURLWithPath: try Package.program()).deletingLastPathComponent()
                for (name, target) in [("certs/dev", certificates), (".build/release", program)] {
                    let place = places.folder.appendingPathComponent(name)
                    try FileManager.default.createDirectory(
                        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try FileManager.default.createSymbolicLink(at: place, withDestinationURL: target)
                }
            }

            func perform(_ command: ReadmeCommand) async throws {
                switch command.action {
                case .once: preamble += command.script
                case .run:
                    let child = try start(command, name: "run")
                    let code = try await child.ended()
                    try #require(code == 0, "line \(command.line): status \(code). \(child.transcript)")
                case .open(let name):
                    let streams = try await gateway.metrics().streams
                    let child = try start(command, name: name)
                    try await eventually("line \(command.line): a stream", otherwise: { child.transcript }) {
                        try await self.gateway.metrics().streams > streams
                    }
                case .close(let name): try child(name, command).end()
                case .see(let name, let text):
                    let child = try child(name, command)
                    try await eventually("line \(command.line): \(text)", otherwise: { child.transcript }) {
                        child.output.contains(text)
                    }
                case .not(let name, let text):
                    #expect(!(try child(name, command).output.contains(text)), "line \(command.line): \(text)")
                case .file(let name):
                    let file = try #require(folder).folder.appendingPathComponent(name)
                    try here(command.script).write(to: file, atomically: true, encoding: .utf8)
                case .held: break
                }
            }

            func endAll() { children.values.forEach { $0.end() } }

            /// A text with this gateway in the place of the page's.
            private func here(_ text: String) -> String {
                text.replacingOccurrences(of: "localhost:\(port)", with: "localhost:\(gateway.port)")
                    .replacingOccurrences(of: "127.0.0.1:8445", with: "127.0.0.1:\(gateway.adminPort)")
            }

            private func child(_ name: String, _ command: ReadmeCommand) throws -> Child {
                try #require(children[name], "line \(command.line): nothing called \(name) was started")
            }

            private func start(_ command: ReadmeCommand, name: String) throws -> Child {
                try #require(
                    !command.script.isEmpty, "line \(command.line): no block of commands behind the mark")
                let script = here(preamble + command.script)
                let places = try #require(folder)
                let child = try Child("sh", ["-e", "-c", script], in: gateway.workspace, folder: places.folder.path)
                children[name] = child
                return child
            }
        }
    }
}
