// When changed files are worth a reload. A value: the files' stamps and the time are passed in.

internal import Glibc

/// What a file looks like from outside. Another content has another stamp, whether it was written in place, renamed
/// into place, or is behind a link that points elsewhere now.
struct FileStamp: Sendable, Equatable {
    private let identity: [UInt64]
    private let times: [Int]

    /// - Parameter path: the file's path; links are followed.
    /// - Returns: nil when there is no file.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        identity = [UInt64(status.st_dev), UInt64(status.st_ino), UInt64(bitPattern: Int64(status.st_size))]
        times = [
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
    }

    /// The stamps of the files at these paths, without those that are missing.
    static func all(at paths: Set<String>) -> [String: FileStamp] {
        Dictionary(uniqueKeysWithValues: paths.compactMap { path in FileStamp(path: path).map { (path, $0) } })
    }
}

/// Decides when to read files that are looked at again and again. Two files that belong together change one after the
/// other, and a file that is written in place is half-written for a moment. So the files are read when two looks found
/// the same, and an error in them is reported when it has lasted for ``patience``.
struct FileWatch: Sendable {
    typealias Stamps = [String: FileStamp]

    /// The time between two looks.
    static let interval = Duration.seconds(1)
    /// How long files may not fit together before that is an error.
    static let patience = Duration.seconds(5)

    enum Action: Equatable {
        case nothing
        /// Load them. When they are wrong, wait on; when `isLastTry`, say so.
        case load(isLastTry: Bool)
    }

    private var loaded: Stamps
    private var seen: Stamps
    private var changedAt: ContinuousClock.Instant?

    init(_ stamps: Stamps) {
        loaded = stamps
        seen = stamps
    }

    mutating func look(_ stamps: Stamps, at now: ContinuousClock.Instant) -> Action {
        guard stamps != loaded else {
            changedAt = nil
            return .nothing
        }
        let since = changedAt ?? now
        changedAt = since
        let isLastTry = now - since >= Self.patience
        guard stamps == seen || isLastTry else {
            seen = stamps
            return .nothing
        }
        return .load(isLastTry: isLastTry)
    }

    /// Notes that the files are in force, or that their error was reported. There is nothing to do until they change
    /// again.
    ///
    /// - Parameter stamps: the stamps from before the files were read, so that a change meanwhile is seen.
    mutating func isDone(with stamps: Stamps) {
        loaded = stamps
        seen = stamps
        changedAt = nil
    }
}
