import Foundation

/// A process of this machine as /proc shows it: CPU time and memory.
struct ServerProcess: Sendable {
    /// What a process has used.
    struct Sample: Sendable, Equatable {
        /// User and system time of all its threads.
        var cpuMicroseconds: Int
        /// Resident memory.
        var residentKiB: Int
    }

    let pid: Int32

    /// - Throws: `CommandFailure` when there is no such process.
    init(pid: Int32) throws {
        self.pid = pid
        guard sample() != nil else {
            throw CommandFailure("there is no process \(pid) on this machine: --pid is for a gateway that runs here")
        }
    }

    /// What it has used until now; `nil` when it is gone.
    func sample() -> Sample? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { return nil }
        return Sample(stat: stat, status: status, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }
}

extension ServerProcess.Sample {
    /// Reads the two files (proc_pid_stat(5), proc_pid_status(5)).
    ///
    /// - Returns: `nil` when they are of another form.
    init?(stat: String, status: String, ticksPerSecond: Int) {
        // The program's name is in parentheses and may itself hold spaces and parentheses; behind it are numbers.
        guard let name = stat.lastIndex(of: ")"), ticksPerSecond > 0 else { return nil }
        let numbers = stat[stat.index(after: name)...].split(separator: " ")
        let resident = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        // utime and stime are fields 14 and 15; the first one here is field 3.
        guard numbers.count > 12, let user = Int(numbers[11]), let system = Int(numbers[12]),
            let kibibytes = resident?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        self.init(cpuMicroseconds: (user + system) * 1_000_000 / ticksPerSecond, residentKiB: kibibytes)
    }
}
