// A program that a test started. Its output goes to files, so that nothing here has to be read in time, and a failing
// test can show all of it.

import Foundation
import Glibc
import Synchronization
import Testing

/// A child process; it is killed and reaped together with this object.
final class Child: Sendable {
    private enum State {
        case running
        case ended(Int32)
    }

    let process: pid_t
    private let name: String
    private let outputFile: String
    private let errorFile: String
    /// Keeps the folder of the output files for as long as they may be read.
    private let workspace: Workspace
    private let state = Mutex(State.running)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: A path, or a name to look for in `PATH`.
    ///   - environment: Variables set beside those of the tests.
    ///   - input: A file to read as standard input; without it there is none.
    ///   - folder: Where it runs, instead of where the tests do.
    init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null",
        in workspace: Workspace, folder: String? = nil
    ) throws {
        name = URL(fileURLWithPath: program).lastPathComponent
        outputFile = workspace.freshPath(name + ".out")
        errorFile = workspace.freshPath(name + ".err")
        self.workspace = workspace
        process = try Self.spawn(
            (folder.map { ["env", "--chdir=\($0)"] } ?? []) + [program] + arguments,
            environment: Self.inherited.merging(environment) { $1 },
            files: [(0, input, O_RDONLY), (1, outputFile, O_CREAT | O_WRONLY), (2, errorFile, O_CREAT | O_WRONLY)])
    }

    deinit { end() }

    /// The environment of the tests without what configures them or would configure a gateway.
    private static let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SLUICE_") }

    /// What it printed so far, up to the first byte that is no UTF-8.
    var output: String { Self.text(of: outputFile) }

    /// What it wrote to standard error so far.
    var errors: String { Self.text(of: errorFile) }

    /// The complete lines that it printed so far.
    var outputLines: [String] {
        output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// The status that it exited with, or minus the signal that ended it; nil while it runs.
    var exitCode: Int32? {
        state.withLock { state in
            if case .ended(let code) = state { return code }
            var status: Int32 = 0
            guard waitpid(process, &status, WNOHANG) == process else { return nil }
            let code = status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
            state = .ended(code)
            return code
        }
    }

    /// Waits for its end.
    func ended(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually("the end of \(name)", within: limit, otherwise: { transcript }) { exitCode }
    }

    /// Waits for its end and holds it to success.
    @discardableResult
    func succeeded(within limit: Duration = .seconds(30)) async throws -> String {
        let code = try await ended(within: limit)
        try #require(code == 0, "\(name) ended with \(code). \(transcript)")
        return output
    }

    func send(_ signal: Int32) {
        if exitCode == nil { kill(process, signal) }
    }

    /// Kills it, if it runs, with everything it started.
    func end() {
        guard exitCode == nil else { return }
        kill(-process, SIGKILL)
        state.withLock { state in
            var status: Int32 = 0
            waitpid(process, &status, 0)
            state = .ended(-SIGKILL)
        }
    }

    /// Both outputs, shortened, for failure messages.
    var transcript: String { "Output: \(output.suffix(1500)) Errors: \(errors.suffix(3000))" }

    private static func text(of file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }
}

extension Child {
    /// `posix_spawn` rather than Foundation's `Process`: the child has a process group of its own, so that the test can
    /// end what the child started, and no thread waits for it.
    private static func spawn(
        _ arguments: [String], environment: [String: String], files: [(Int32, String, Int32)]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, path, flags) in files {
            posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, 0o600)
        }
        // What the tests have open is no business of the child: it may count its descriptors.
        // One that is not open is passed over.
        for descriptor in 3..<256 as Range<Int32> { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        let variables = environment.map { "\($0.key)=\($0.value)" }
        var child: pid_t = 0
        let failure = withCStrings(arguments) { arguments in
            withCStrings(variables) { variables in
                guard let program = arguments.first ?? nil else { return EINVAL }
                return posix_spawnp(&child, program, &actions, &attributes, arguments, variables)
            }
        }
        try #require(failure == 0, "\(arguments[0]) does not start: \(String(cString: strerror(failure)))")
        return child
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Result
    ) rethrows -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return try body(copies + [nil])
    }
}
