// Whether somebody keeps a log's journal from being used again: another program that reads the file within one
// transaction for a long time. A value: the log says how large the journal is, and what a checkpoint has moved.

internal import EventLog

/// Watches the journal's checkpoints.
struct JournalWatch {
    /// A journal of up to this many bytes is in order: SQLite makes a checkpoint when it has 16 MiB.
    static let usualBytes = 24 << 20

    private let limit: Int
    private var lastBytes = 0
    /// What could not be moved at the last checkpoint, and since when it has been the same.
    private var held: (moved: Int, since: WallTime)?

    /// - Parameter limit: a journal of more bytes is cut back.
    init(limit: Int) { self.limit = min(limit, Self.usualBytes) }

    /// Whether to try a checkpoint, by the size of the journal's file. The file keeps its size when it begins anew, so
    /// a large one that does not grow is in order, unless the last trial was held up.
    mutating func isDue(bytes: Int) -> Bool {
        defer { lastBytes = bytes }
        return held != nil || (bytes > limit && bytes > lastBytes)
    }

    /// Takes what a checkpoint came to.
    ///
    /// - Parameters:
    ///   - frames: the pages in the journal.
    ///   - moved: those that are in the file, too. The rest is newer than the oldest snapshot that somebody reads.
    mutating func checkpointed(frames: Int, moved: Int, now: WallTime) {
        guard frames > moved else {
            held = nil
            return
        }
        // Readers that come and go let it move on.
        if held?.moved != moved { held = (moved, now) }
    }

    /// For how many seconds the same snapshot has kept the journal.
    func heldSeconds(now: WallTime) -> Int {
        held.map { max(0, Int((now.milliseconds - $0.since.milliseconds) / 1000)) } ?? 0
    }
}
