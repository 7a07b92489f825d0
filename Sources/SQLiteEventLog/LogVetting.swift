// A look at a log's file before anybody opens it: whether opening would refuse it. It changes nothing, and so sees
// less.

internal import EventLog

extension SQLiteEventLog {
    /// Looks at a log's file as opening it would. The file and all beside it stay as they are.
    ///
    /// When the file's journal has events, this looks only at the file's beginning: whether the two are whole together
    /// shows when SQLite puts them together.
    ///
    /// - Parameters:
    ///   - path: the file; there may be none.
    ///   - checkedBytes: a file of up to so many bytes is checked through.
    /// - Throws: ``LogFileError``, as opening it would.
    package static func vet(
        path: String, checkedBytes: Int = SQLiteLogSettings().checkedBytes
    ) throws(LogFileError) {
        try LogFileLock.checkKind(of: path)
        try LogFileLock.requireAccess(to: path)
        try LogFileLock.requireFree(path)
        do {
            try LogPast(path, wasUsedHere: false).requireOwnJournal()
            let bytes = FileIdentity.size(at: path)
            guard bytes > 0 else { return }
            let hasJournal = FileIdentity.size(at: path + "-wal") > 0
            try vet(FileWithoutJournal(path), path, isWhole: !hasJournal, isChecked: bytes <= checkedBytes)
        } catch {
            // What somebody has begun to write meanwhile can't be judged.
            try LogFileLock.requireFree(path)
            throw LogFileError(error, path: path)
        }
    }

    private static func vet(_ file: FileWithoutJournal, _ path: String, isWhole: Bool, isChecked: Bool) throws {
        let application = try file.number("PRAGMA application_id")
        let version = try file.number("PRAGMA user_version")
        if application == 0, version == 0, try !isWhole || file.number("SELECT count(*) FROM sqlite_master") == 0 {
            return
        }
        try LogSchema.requireOurs(application: application, version: version, path)
        guard isWhole, isChecked else { return }
        try LogOpening.requireWhole(path) { try file.texts($0).first.flatMap(\.self) }
    }
}
