// The gateway as a process: what it costs, and what is done to it.

import Foundation
import Glibc
import Testing

extension Gateway {
    /// Asks a probe, which has to answer within a second.
    func probeInTime(_ path: String, status: Int = 200) async throws {
        let answer = try await admin(path, "--max-time", "1")
        #expect(answer.status == status, "\(path): \(answer.body)")
    }

    /// Waits until the process takes less than 2 % of a core for two seconds. What it still tidies up when this is
    /// asked (a thousand closed connections, in a debug build) is its own business; a loop that spins never rests.
    func rests() async throws {
        var loads: [Double] = []
        try await eventually("a process at rest", within: .seconds(20), otherwise: { "of a core: \(loads)" }) {
            loads.append(try await load(over: .seconds(2)))
            return try #require(loads.last) < 0.02
        }
    }

    /// How much of a core the process takes.
    private func load(over time: Duration) async throws -> Double {
        let clock = ContinuousClock()
        let (began, before) = (clock.now, try processorSeconds())
        try await eventually("\(time)", within: time * 10) { clock.now - began >= time }
        return (try processorSeconds() - before) / ((clock.now - began) / .seconds(1))
    }

    /// User's and system's time, of all threads (proc_pid_stat(5)).
    func processorSeconds() throws -> Double {
        let stat = try String(contentsOfFile: "/proc/\(child.process)/stat", encoding: .utf8)
        let fields = stat.suffix(from: try #require(stat.lastIndex(of: ")"))).split(separator: " ")
        return (try #require(Double(fields[12])) + #require(Double(fields[13]))) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Stops the thread of an event loop. It goes on when the child is ended.
    func freeze(loop: Int) async throws -> Child {
        let child = try Child(
            Package.python(), [Package.client("freeze.py"), "--process", "\(child.process)", "--loop", "\(loop)"],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
        try await eventually("a frozen loop", otherwise: { child.transcript }) { child.output.contains("frozen") }
        return child
    }

    /// Changes the system's limit on its open files.
    func limit(openFiles: Int) async throws {
        _ = try await Child("prlimit", ["--pid", "\(child.process)", "--nofile=\(openFiles):"], in: workspace)
            .succeeded()
    }
}
