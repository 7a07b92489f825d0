// What the gateway may hold in memory, from its configuration alone: every account with its limit, and what connections may hold
// beside them. It measures nothing; what a line counts is bounded by who enforces the setting that it is named after.

/// The memory that a configuration allows.
///
/// Accounts are limits of the whole process: whatever peers do, what is in them stays below. What connections hold is bounded
/// for each, and so by their number. All of them at their limits at once is the worst case.
package struct MemoryBudget: Sendable, Equatable {
    /// One thing that takes up memory.
    package struct Line: Sendable, Equatable {
        /// The setting that moves it.
        package let key: String
        /// How much it may come to.
        package let bytes: Int
        /// What it is.
        package let what: String
    }

    /// What is bounded for the process.
    package let accounts: [Line]
    /// What is bounded for each connection or stream, times their number.
    package let connections: [Line]
    /// What the kernel may hold for their sockets: of the cgroup's memory, and not of the process's.
    package let kernel: Line
    /// What the sums of connections grow with.
    let scale: Scale

    /// How many there may be, to say how many would fit.
    struct Scale: Sendable, Equatable {
        let connections: Int
        let streams: Int
        /// Of ``MemoryBudget/connectionBytes``, what does not grow with these two.
        let otherBytes: Int
    }

    package var accountBytes: Int { accounts.reduce(0) { $0 + $1.bytes } }
    package var connectionBytes: Int { connections.reduce(0) { $0 + $1.bytes } }
    /// What the process can come to, with all its connections and each of them at its limits.
    package var worstBytes: Int { accountBytes + connectionBytes }
}

extension MemoryBudget {
    /// What each connection has whatever it does: the channel, TLS, and HTTP/2's session with its tables (20.5 KiB measured).
    static let connectionBytes = 24 * 1024
    /// OpenSSL's objects while a handshake is under way (48.6 KiB measured), beside ``connectionBytes``.
    static let handshakeBytes = 32 * 1024
    /// Fields are objects until they have been looked at: so many times their bytes, when they are short (3.2 measured).
    static let headFactor = 4
    /// What is handed to a socket before it is asked whether it takes more: four records, or a file.
    static let writeBytes = 72 * 1024
    /// An open stream's objects in the hub, and its names in the indexes.
    static let streamBytes = 4 * 1024
    /// The program itself with its tables and its allocator's spare pages (43 MiB measured).
    static let programBytes = 64 * 1024 * 1024
    /// Working memory of an event loop: TLS's, HTTP/2's, and one read of a socket.
    static let loopBytes = 1024 * 1024
}
