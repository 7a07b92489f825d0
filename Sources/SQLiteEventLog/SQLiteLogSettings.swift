// How the SQLite log writes and what it holds in memory. How much it keeps in the file is `LogSettings`' matter.

/// What a publisher's success is worth when the machine loses power.
package enum Durability: String, Sendable {
    /// Every commit is synced to the disk before publishers hear of it: what was answered survives a power loss.
    case full
    /// The disk is synced now and then: what was answered survives the end of the process, and the last of it may be
    /// lost with the machine's power. The next start then begins a new epoch, so that streams are told.
    case normal
}

/// The limits of an SQLite log beside those of what it keeps.
package struct SQLiteLogSettings: Sendable, Equatable {
    /// See ``Durability``.
    package var durability: Durability
    /// How many bytes of the newest events are held in memory too, so that streams a little behind cost no disk read.
    package var cacheBytes: Int
    /// How many bytes of batches may wait for the disk; one more is refused as ``EventLogError/Code/busy``. A batch
    /// that finds nothing waiting is always taken.
    package var queueBytes: Int
    /// How often the log looks for what has become too old; nothing is never by itself.
    var upkeepInterval: Duration?
    /// How often the log looks whether its files are where they were and can be written; nothing is only with appends.
    var lookInterval: Duration?
    /// A journal of more bytes is cut back whenever nobody reads behind its end. Somebody outside who keeps reading can
    /// let it grow beyond.
    package var journalBytes: Int
    /// A file of up to this many bytes is checked through at open (about a second per gigabyte from memory, longer from
    /// a disk); of a larger one only both ends are, and damage within is found by whoever reads it.
    var checkedBytes: Int

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
