// Whether a log's file is the one that was last used, with all that was put into it. A value that compares what the
// file says of itself with what its witness says.

internal import EventLog

/// What an opened file says about its last use.
struct FileRecord: Equatable {
    /// Nil in a file of an older Sluice, which kept no witness.
    var use: UseID?
    /// The use before it.
    var previousUse: UseID?
    var wasClosed: Bool
    var head: Position
    var inode: UInt64
}

/// Whether the file's epoch goes on.
enum Continuity: Equatable {
    case goesOn
    /// The file may not know all ids that were given out, so it has to begin a new epoch.
    case breaks(Break)

    /// What speaks against the file. The texts are for the operator.
    enum Break: String, CaseIterable {
        case unwitnessed = "nothing beside it tells of its last use: it came from elsewhere, or its -state file is gone"
        case otherUse = "it comes from another use than the last one here: a copy was restored"
        case otherFile = "another file is in the place of the one that was last used"
        case older = "it ends before the newest event that was last known here: a copy was restored"
        case leftOpen = "it was left open, but the log that was last used here was closed: a copy was restored"
        case changed = "it has other events than the log that was closed here"
    }

    /// - Parameters:
    ///   - witness: nil when there is none.
    ///   - wasUsedHere: whether a log was here before. It tells a file that only an older Sluice has used, which kept
    ///     no witness, from one that was brought here.
    init(_ file: FileRecord, witness: LogWitness?, wasUsedHere: Bool) {
        guard let use = file.use else {
            // The first start of a Sluice that keeps a witness. Nothing speaks against the file.
            self = witness == nil ? (wasUsedHere ? .goesOn : .breaks(.unwitnessed)) : .breaks(.otherUse)
            return
        }
        guard let witness else {
            self = .breaks(.unwitnessed)
            return
        }
        self = Self.breakBetween(file, use, witness).map(Self.breaks) ?? .goesOn
    }

    private static func breakBetween(_ file: FileRecord, _ use: UseID, _ witness: LogWitness) -> Break? {
        if file.inode != witness.file { return .otherFile }
        if file.head < witness.head { return .older }
        guard use == witness.use else {
            // A start that ended before it could write its witness. It has told nobody of an event.
            return file.previousUse == witness.use ? nil : .otherUse
        }
        guard witness.isClosed else { return nil }
        if !file.wasClosed { return .leftOpen }
        return file.head == witness.head ? nil : .changed
    }
}
