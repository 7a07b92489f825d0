// The epochs that one file has had. An epoch begins where the file's content no longer continues what publishers were
// told; the sequences go on.

internal import EventLog

/// Today's epoch and where the earlier ones ended.
struct EpochChain: Sendable {
    /// Nil in a file that is being made.
    private(set) var current: Epoch?
    private var ends: [Epoch: Position] = [:]

    /// - Parameter position: where the epoch before ends.
    mutating func begin(_ epoch: Epoch, after position: Position) {
        if let current { ends[current] = position }
        current = epoch
    }

    /// Where an earlier epoch ended; nil for today's epoch and for one that is not the file's.
    func end(of epoch: Epoch) -> Position? { epoch == current ? nil : ends[epoch] }
}
