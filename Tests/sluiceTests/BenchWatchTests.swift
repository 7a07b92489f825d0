import Foundation
import LoadFleet
import Testing

@testable import sluice

/// What is shown and sampled while a load runs.
@Suite struct BenchWatchTests {
    private let status = "Name:\tsluice\nVmHWM:\t   9999 kB\nVmRSS:\t   35924 kB\nThreads:\t3\n"

    @Test func `the kernel's numbers are found behind any program name`() throws {
        let numbers = "S 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20 0 3 0 100 200 300"
        for name in ["sluice", "a b", "x) S 9 (y"] {
            let sample = ServerProcess.Sample(stat: "42 (\(name)) \(numbers)", status: status, ticksPerSecond: 100)
            #expect(sample == ServerProcess.Sample(cpuMicroseconds: 1_500_000, residentKiB: 35_924))
        }
    }

    @Test(arguments: ["", "42 sluice S 1 2", "42 (sluice) S 1 2 3", "42 (sluice) S 1 2 3 4 5 6 7 8 9 10 x 30 0"])
    func `files of another form are no sample`(_ stat: String) {
        #expect(ServerProcess.Sample(stat: stat, status: status, ticksPerSecond: 100) == nil)
    }

    @Test func `a process without memory of its own is no sample`() {
        let stat = "42 (kthread) S 1 2 3 4 5 6 7 8 9 10 120 30 0"
        #expect(ServerProcess.Sample(stat: stat, status: "Name:\tkthread\n", ticksPerSecond: 100) == nil)
    }

    @Test func `this process can be watched, and one that is not there is an error`() throws {
        let sample = try #require(try ServerProcess(pid: ProcessInfo.processInfo.processIdentifier).sample())
        #expect(sample.residentKiB > 1000)
        #expect(throws: CommandFailure.self) { try ServerProcess(pid: .max) }
    }

    private func progress(
        _ phase: FleetProgress.Phase, at seconds: Int, published: Int = 0, p99: UInt64? = nil
    ) -> FleetProgress {
        FleetProgress(
            phase: phase, elapsed: .seconds(seconds), openStreams: 5, streams: 10, published: published, deliveries: 7,
            latencyP99: p99)
    }

    @Test func `a line says what there is`() {
        #expect(BenchDisplay.line(progress(.opening, at: 2)) == "2.0 s  opening: 5 of 10 streams open")
        #expect(
            BenchDisplay.line(progress(.publishing, at: 3, published: 8, p99: 1_500_000))
                == "3.0 s  publishing: 5 of 10 streams open, 8 events published, 7 delivered, p99 1.50 ms")
    }

    @Test func `without a terminal there is a line per phase, and one every five seconds`() {
        let display = BenchDisplay(isTerminal: false)
        #expect(display.isDue(progress(.opening, at: 0)))
        #expect(!display.isDue(progress(.opening, at: 4)))
        #expect(display.isDue(progress(.publishing, at: 4)))
        #expect(!display.isDue(progress(.publishing, at: 8)))
        #expect(display.isDue(progress(.publishing, at: 9)))
    }
}
