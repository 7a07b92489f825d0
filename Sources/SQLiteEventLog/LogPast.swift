// What lies beside a log's file before it is opened, and what that says about the file.

internal import EventLog
internal import Glibc

/// What the last use of a log left behind.
struct LogPast {
    let path: String
    let witness: LogWitness?
    /// Whether a log was here before.
    let wasUsedHere: Bool
    let inode: UInt64

    static func witnessPath(_ path: String) -> String { path + "-state" }

    init(_ path: String, wasUsedHere: Bool) {
        self.path = path
        self.wasUsedHere = wasUsedHere
        witness = WitnessFile.read(Self.witnessPath(path))
        inode = FileIdentity(at: path)?.inode ?? 0
    }

    /// Looks whether the journal beside the file belongs to it. SQLite does not look, and would put the pages of one
    /// file into another.
    func checkJournal() throws(LogFileError) {
        let journal = path + "-wal"
        guard FileIdentity.size(at: journal) > 0 else { return }
        guard FileIdentity.size(at: path) > 0 else { return putAside(journal) }
        try requireOwnJournal()
    }

    /// The same without a trace.
    func requireOwnJournal() throws(LogFileError) {
        let journal = path + "-wal"
        guard FileIdentity.size(at: journal) > 0, FileIdentity.size(at: path) > 0 else { return }
        guard let witness, FileIdentity(at: journal)?.inode == witness.journal else { return }
        guard inode == witness.file else { throw .foreignJournal(path) }
        guard witness.isInFile, let uses = LastUse.usesWithoutJournal(path) else { return }
        guard !uses.contains(witness.use) else { return }
        throw .foreignJournal(path)
    }

    /// The file has been removed, or moved away without its journal. The journal may hold the newest events, and SQLite
    /// would remove it.
    private func putAside(_ journal: String) { _ = rename(journal, journal + "-old") }

    /// Whether the file's epoch goes on, by what the file says of its last use.
    func continuity(of last: LastUse, head: Position) -> Continuity {
        Continuity(
            FileRecord(
                use: last.use, previousUse: last.previousUse, wasClosed: last.wasClosed, head: head, inode: inode),
            witness: witness, wasUsedHere: wasUsedHere)
    }
}
