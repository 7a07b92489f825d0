// Which reads memory answers, and which wait for the disk.

internal import EventLog

extension SQLiteEventLog.State {
    /// How many reads one snapshot answers.
    private static let readsPerSnapshot = 64

    /// What becomes of a read.
    enum Answer {
        case step(ReplayStep)
        case closed
        /// It waits for the reader, which has to be scheduled.
        case schedule
        /// It waits for the reader, which is scheduled already.
        case wait
    }

    mutating func answer(_ read: WaitingRead, now: WallTime) -> Answer {
        guard !isClosed else { return .closed }
        if max(read.position, extent.floor) >= recent.floor {
            return .step(recent.read(after: read.position, for: read.interest, byteLimit: read.byteLimit, now: now))
        }
        reads.append(read)
        defer { isReading = true }
        return isReading ? .wait : .schedule
    }

    mutating func takeReads() -> [WaitingRead] {
        defer { reads.removeFirst(min(reads.count, Self.readsPerSnapshot)) }
        return Array(reads.prefix(Self.readsPerSnapshot))
    }

    /// - Returns: whether the reader has to be scheduled again.
    mutating func finishReads() -> Bool {
        isReading = !reads.isEmpty
        return isReading
    }
}
