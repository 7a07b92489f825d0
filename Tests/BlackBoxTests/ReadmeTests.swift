// Promise: the commands of the README do what it says, in its order.

import Foundation
import Testing

extension Outside {
    @Suite struct ReadmeTests {
        /// Where the README's gateway listens, as `make run` starts it.
        private static let port = 8443

        @Test func theCommandsOfTheREADMEDoWhatItSays() async throws {
            let readme = try String(contentsOfFile: Package.path("README.md"), encoding: .utf8)
            let commands = try ReadmeCommand.all(in: readme)
            try #require(commands.count >= 5, "README.md marks \(commands.count) commands; see ReadmeCommands.swift")
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
                    try #require(code == 0, "README line \(command.line): status \(code). \(child.transcript)")
                case .open(let name):
                    let streams = try await gateway.metrics().streams
                    let child = try start(command, name: name)
                    try await eventually("README line \(command.line): a stream", otherwise: { child.transcript }) {
                        try await self.gateway.metrics().streams > streams
                    }
                case .close(let name): try child(name, command).end()
                case .see(let name, let text):
                    let child = try child(name, command)
                    try await eventually("README line \(command.line): \(text)", otherwise: { child.transcript }) {
                        child.output.contains(text)
                    }
                case .not(let name, let text):
                    #expect(!(try child(name, command).output.contains(text)), "README line \(command.line): \(text)")
                }
            }

            func endAll() { children.values.forEach { $0.end() } }

            private func child(_ name: String, _ command: ReadmeCommand) throws -> Child {
                try #require(children[name], "README line \(command.line): nothing called \(name) was started")
            }

            private func start(_ command: ReadmeCommand, name: String) throws -> Child {
                try #require(
                    !command.script.isEmpty, "README line \(command.line): no block of commands behind the mark")
                let script = (preamble + command.script)
                    .replacingOccurrences(of: "localhost:\(port)", with: "localhost:\(gateway.port)")
                let places = try #require(folder)
                let child = try Child("sh", ["-e", "-c", script], in: gateway.workspace, folder: places.folder.path)
                children[name] = child
                return child
            }
        }
    }
}
