import Foundation
import LoadFleet
import Synchronization

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
