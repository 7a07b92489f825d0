// How much memory a configuration allows: each account with its limit, and what connections may hold besides. It
// measures nothing. The code that enforces a setting bounds the line of that name.

/// The memory that a configuration allows.
///
/// An account has a limit for the whole process, whatever peers do. Other memory is bounded for each connection, and so
/// by the number of connections. The worst case is all of them at their limits at once.
struct MemoryBudget: Sendable, Equatable {
    /// One thing that takes up memory.
    struct Line: Sendable, Equatable {
        /// The setting that changes it.
        let key: String
        /// How many bytes it may come to.
        let bytes: Int
        /// What takes up the memory.
        let what: String
    }

    /// Memory that is bounded for the process.
    let accounts: [Line]
    /// Memory that is bounded for each connection or stream, times their number.
    let connections: [Line]
    /// Memory that the kernel may hold for their sockets. It counts for the cgroup, not for the process.
    let kernel: Line
    /// The limits that the sums of connections grow with.
    let scale: Scale
    /// What those can hold beside the accounts who have shown no good token: of ``connections``, theirs.
    let strangers: Strangers

    /// Connections that anybody can make.
    struct Strangers: Sendable, Equatable {
        /// ``GatewayConfiguration/Limits/strangers``, and ``GatewayConfiguration/Limits/turnedAway`` beside them.
        let connections: Int
        let turnedAway: Int
        /// What each may come to.
        let bytesEach: Int

        var bytes: Int { (connections + turnedAway) * bytesEach }
    }

    /// How many there may be, to say how many would fit.
    struct Scale: Sendable, Equatable {
        let connections: Int
        let streams: Int
        /// Of ``MemoryBudget/connectionBytes``, what does not grow with these two.
        let otherBytes: Int
    }

    var accountBytes: Int { accounts.reduce(0) { $0 + $1.bytes } }
    var connectionBytes: Int { connections.reduce(0) { $0 + $1.bytes } }
    /// The most memory that the process can need, with all connections at their limits.
    var worstBytes: Int { accountBytes + connectionBytes }
}

extension MemoryBudget {
    /// Each connection needs this whatever it does: the channel, TLS, and HTTP/2's session with its tables (20.5 KiB
    /// measured).
    static let connectionBytes = 24 * 1024
    /// OpenSSL's objects during a handshake (48.6 KiB measured), besides ``connectionBytes``.
    static let handshakeBytes = 32 * 1024
    /// Fields are objects until the gateway has looked at them. Short ones take up so many times their bytes (3.2
    /// measured).
    static let headFactor = 4
    /// Bytes that a connection writes before it asks whether the socket takes more: four records, or a file.
    static let writeBytes = 72 * 1024
    /// An open stream's objects in the hub, and its names in the indexes.
    static let streamBytes = 4 * 1024
    /// The program itself with its tables and its allocator's spare pages (43 MiB measured).
    static let programBytes = 64 * 1024 * 1024
    /// Working memory of an event loop: TLS's, HTTP/2's, and one read of a socket.
    static let loopBytes = 1024 * 1024
}
