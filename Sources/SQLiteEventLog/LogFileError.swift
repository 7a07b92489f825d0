// Why an event log's file can't be used, for the operator who reads it at start. What happens to single appends and
// reads later is `EventLogError`.

/// An event log's file could not be opened.
package struct LogFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the file.
    package struct Code: Sendable, Hashable {
        package let name: String
        /// The directory that the file should be in is not there.
        static let directoryMissing = Code(name: "directory-missing")
        /// The path names something other than a file.
        static let notAFile = Code(name: "not-a-file")
        /// The file or its directory can't be written.
        static let notWritable = Code(name: "not-writable")
        /// There is no file to read.
        static let missing = Code(name: "missing")
        /// There is a file where a new one should be.
        static let exists = Code(name: "exists")
        /// Another process, or another log of this one, has the file.
        package static let inUse = Code(name: "in-use")
        /// The file is not one that Sluice made.
        package static let foreign = Code(name: "foreign")
        /// A newer Sluice made the file.
        static let newerVersion = Code(name: "newer-version")
        /// The file is damaged.
        static let corrupt = Code(name: "corrupt")
        /// The journal beside the file belongs to another file.
        static let foreignJournal = Code(name: "foreign-journal")
        /// There is no room on the disk.
        package static let full = Code(name: "full")
        /// The system gave another error.
        package static let unavailable = Code(name: "unavailable")
    }

    package let code: Code
    /// What is wrong, with which file, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension LogFileError {
    static func foreign(_ path: String) -> LogFileError {
        LogFileError(
            .foreign,
            "\(path) is not an event log of Sluice, or is damaged at its beginning; it has been left as it is. Set log.path to another file, or move this one away."
        )
    }

    static func newerVersion(_ path: String, found: Int, known: Int) -> LogFileError {
        LogFileError(
            .newerVersion,
            "\(path) was made by a newer Sluice (its format is \(found), this Sluice knows \(known)). Run that version, or set log.path to another file."
        )
    }

    static func foreignJournal(_ path: String) -> LogFileError {
        LogFileError(
            .foreignJournal,
            "\(path)-wal belongs to the file that was in the place of \(path) before: together they are neither. If \(path) is a copy that you restored, remove \(path)-wal and \(path)-shm and start again; otherwise put the file of before back."
        )
    }

    static func corrupt(_ path: String, _ finding: String) -> LogFileError {
        LogFileError(
            .corrupt,
            "\(path) is damaged (\(finding)). Restore it from a copy, or move it away together with \(path)-wal: Sluice then begins an empty log, and streams that resume are told of the gap."
        )
    }
}
