import Foundation
import LoadFleet
import Synchronization

/// Samples the server along the phases of a load.
final class ServerWatch: Sendable {
    /// What the server used.
    struct Usage: Sendable, Equatable {
        /// Before any stream was opened.
        var before: ServerProcess.Sample
        /// With all streams open, before the first event.
        var open: ServerProcess.Sample?
        /// When all events of the load had come.
        var settled: ServerProcess.Sample?
        /// The last one.
        var after: ServerProcess.Sample
        /// The most memory that any sample showed.
        var peakResidentKiB: Int

        init(_ sample: ServerProcess.Sample) {
            before = sample
            after = sample
            peakResidentKiB = sample.residentKiB
        }

        /// Takes a sample that was taken in a phase of the load.
        mutating func take(_ sample: ServerProcess.Sample, in phase: FleetProgress.Phase) {
            after = sample
            peakResidentKiB = max(peakResidentKiB, sample.residentKiB)
            if phase == .publishing, open == nil { open = sample }
            if phase == .settled, settled == nil { settled = sample }
        }

        /// The CPU time from the first event to the last one's arrival.
        var loadCPUMicroseconds: Int? {
            guard let open, let settled else { return nil }
            return settled.cpuMicroseconds - open.cpuMicroseconds
        }
    }

    private let process: ServerProcess
    private let state: Mutex<Usage>

    /// - Throws: `CommandFailure` when the process is gone.
    init(_ process: ServerProcess) throws {
        guard let sample = process.sample() else { throw CommandFailure("the process \(process.pid) has ended") }
        self.process = process
        state = Mutex(Usage(sample))
    }

    var usage: Usage { state.withLock { $0 } }

    func observe(_ progress: FleetProgress) {
        guard let sample = process.sample() else { return }
        state.withLock { $0.take(sample, in: progress.phase) }
    }
}

/// The CPU time of this program itself during the load, to tell what the load costs from what the server costs.
final class ClientWatch: Sendable {
    private let times = Mutex<(open: Double?, settled: Double?)>((nil, nil))

    /// From the first event to the last one's arrival; `nil` when there was no load.
    var cpuMicroseconds: Double? {
        times.withLock { times in
            guard let open = times.open, let settled = times.settled else { return nil }
            return settled - open
        }
    }

    func observe(_ progress: FleetProgress) {
        let now = Double(clock()) * 1e6 / Double(CLOCKS_PER_SEC)
        times.withLock { times in
            if progress.phase == .publishing, times.open == nil { times.open = now }
            if progress.phase == .settled, times.settled == nil { times.settled = now }
        }
    }
}
