// When files that have changed are worth a reload, as a value: what they look like and the time are passed in.

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What a file looks like from outside: another content has another stamp, be it written in place, renamed into place,
/// or reached by a link that points elsewhere now.
struct FileStamp: Sendable, Equatable {
    private let identity: [UInt64]
    private let times: [Int]

    /// - Parameter path: of the file; links are followed.
    /// - Returns: nil where there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        identity = [UInt64(status.st_dev), UInt64(status.st_ino), UInt64(bitPattern: Int64(status.st_size))]
        times = [
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
    }

    /// The files at these paths; those that are missing are not in it.
    static func all(at paths: Set<String>) -> [String: FileStamp] {
        Dictionary(uniqueKeysWithValues: paths.compactMap { path in FileStamp(path: path).map { (path, $0) } })
    }
}

/// Looks at files again and again. Who changes two that belong together does so one after the other, and who writes in
/// place has them half-written for a moment: so files are read when they have been the same for a look, and what is
/// wrong with them is told when it has been so for ``patience``.
struct FileWatch: Sendable {
    typealias Stamps = [String: FileStamp]

    /// How often to look.
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

    /// The files are in force, or what is wrong with them has been said: until they change again there is nothing to
    /// do.
    ///
    /// - Parameter stamps: from before they were read, so that what changed meanwhile is seen.
    mutating func isDone(with stamps: Stamps) {
        loaded = stamps
        seen = stamps
        changedAt = nil
    }
}
