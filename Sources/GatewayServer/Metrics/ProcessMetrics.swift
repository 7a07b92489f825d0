// What the process costs, as the kernel counts it, under the names that all of Prometheus's client libraries use. It
// reads /proc at each scrape, and leaves out what can't be read.

internal import Foundation
internal import Glibc

/// Memory, descriptors, processor time and start time of this process.
package struct ProcessMetrics: MetricsCollector {
    /// Creates a collector.
    package init() {}

    /// The five metrics, or those of them that the kernel tells.
    package func collect() -> [MetricFamily] {
        let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let stat = Self.read("/proc/self/stat").flatMap(ProcessStatus.init)
        let started = Self.read("/proc/stat").flatMap(ProcessStatus.bootTime)
        return [
            Self.family(
                "process_resident_memory_bytes", .gauge, "Resident memory in bytes.",
                stat.map { $0.residentPages * pageBytes }),
            Self.family(
                "process_open_fds", .gauge, "Open file descriptors.", FileDescriptors.openCount.map { Double($0) }),
            Self.family(
                "process_max_fds", .gauge, "Maximum number of open file descriptors.",
                FileDescriptors.limit.map { Double($0) }),
            Self.family(
                "process_cpu_seconds_total", .counter, "Processor time in seconds, user and system.",
                stat.map { $0.processorTicks / ticks }),
            Self.family(
                "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.",
                stat.flatMap { stat in started.map { $0 + stat.startTicks / ticks } }),
        ].compactMap(\.self)
    }

    private static func family(_ name: String, _ type: MetricType, _ help: String, _ value: Double?) -> MetricFamily? {
        value.map { MetricFamily(name: name, type: type, help: help, samples: [MetricFamily.Sample(value: $0)]) }
    }

    /// Files in /proc have no length, so they are read to their end.
    private static func read(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
        return String(bytes: data, encoding: .utf8)
    }
}

/// `/proc/self/stat` (proc_pid_stat(5)): one line of fields, the second of which is the program's name in parentheses.
struct ProcessStatus: Sendable, Equatable {
    /// utime + stime, in clock ticks.
    let processorTicks: Double
    /// In clock ticks after boot.
    let startTicks: Double
    /// Pages in memory.
    let residentPages: Double

    init(processorTicks: Double, startTicks: Double, residentPages: Double) {
        (self.processorTicks, self.startTicks, self.residentPages) = (processorTicks, startTicks, residentPages)
    }

    /// - Parameter text: the line. The program's name may hold spaces and parentheses, so fields are counted from its
    ///   end.
    init?(_ text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace).map { Double($0) }
        // The first of these fields is the line's third: state.
        guard fields.count > 21, let user = fields[11], let system = fields[12], let start = fields[19],
            let resident = fields[21]
        else { return nil }
        (processorTicks, startTicks, residentPages) = (user + system, start, resident)
    }

    /// When the machine started, in seconds since 1970.
    ///
    /// - Parameter text: `/proc/stat`, whose line `btime` has it.
    static func bootTime(_ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }
    }
}
