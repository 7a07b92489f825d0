// The `openssl` command, which the system's OpenSSL comes with: what tests make their keys and certificates by, so that
// no key is in the tree.

internal import Foundation

/// Runs the `openssl` command.
package enum OpenSSLCommand {
    /// It failed, or is not there.
    package struct Failure: Error {
        /// The command, and what it said.
        package let text: String
    }

    /// Waits until it is done.
    ///
    /// By `posix_spawn`: Foundation's `Process` waits in a run loop, and two of them at a time can wait for each other
    /// on the few threads that tests run on.
    package static func run(_ arguments: [String]) throws(Failure) {
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("openssl-\(UUID().uuidString).log").path
        defer { try? FileManager.default.removeItem(atPath: log) }
        guard hasSucceeded(["openssl"] + arguments, log: log) else {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw Failure(text: "openssl \(arguments.joined(separator: " ")): \(text)")
        }
    }

    /// - Parameter log: the file that what the command says is written to.
    private static func hasSucceeded(_ words: [String], log: String) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var command = words.map { strdup($0) } + [nil]
        defer { for word in command { free(word) } }
        var process = pid_t()
        var status: CInt = -1
        guard posix_spawnp(&process, words[0], &actions, nil, &command, environ) == 0 else { return false }
        return waitpid(process, &status, 0) == process && status == 0
    }
}
