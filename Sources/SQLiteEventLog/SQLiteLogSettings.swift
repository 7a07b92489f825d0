// How the SQLite log writes and what it holds in memory. How much it keeps in the file is `LogSettings`' matter.

/// What an acknowledgement is worth when the machine loses power.
package enum Durability: String, Sendable {
    /// Every commit is synced to the disk before publishers hear of it. What was acknowledged survives a power loss.
    case full
    /// The disk is synced now and then. What was acknowledged survives the end of the process, and the last of it may
    /// be lost with the machine's power. The next start then begins a new epoch, so that streams are told.
    case normal
}

/// The limits of an SQLite log other than those on what it keeps.
package struct SQLiteLogSettings: Sendable, Equatable {
    /// See ``Durability``.
    package var durability: Durability
    /// How many bytes of the newest events are held in memory too, so that streams a little behind cost no disk read.
    package var cacheBytes: Int
    /// How many bytes of batches may wait for the disk. A batch beyond that is refused as ``EventLogError/Code/busy``.
    /// A batch that finds nothing waiting is always taken.
    package var queueBytes: Int
    /// How often the log looks for what has become too old; nil is never by itself.
    var upkeepInterval: Duration?
    /// How often the log checks that its files are where they were and can be written; nil is only with appends.
    var lookInterval: Duration?
    /// A journal of more bytes is cut back whenever nobody reads from it. Another program that keeps reading can make
    /// it grow beyond.
    package var journalBytes: Int
    /// A file of up to this many bytes is checked through at open (about a second per gigabyte from memory, longer from
    /// a disk). Of a larger file only both ends are checked, and reads find damage in between.
    var checkedBytes: Int
    /// Whether the file has room for the requests that events came with.
    package var keepsRequests = false

    package init(
        durability: Durability = .full, cacheBytes: Int = 8 << 20, queueBytes: Int = 32 << 20,
        upkeepInterval: Duration? = .seconds(10), lookInterval: Duration? = .seconds(1),
        journalBytes: Int = 64 << 20, checkedBytes: Int = 256 << 20
    ) {
        self.durability = durability
        self.cacheBytes = cacheBytes
        self.queueBytes = queueBytes
        self.upkeepInterval = upkeepInterval
        self.lookInterval = lookInterval
        self.journalBytes = journalBytes
        self.checkedBytes = checkedBytes
    }
}
