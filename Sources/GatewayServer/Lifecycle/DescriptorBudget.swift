// What the process's descriptors are for, so that connections never take the last one. A value.

/// How many connections there may be under the system's limit on open files.
struct DescriptorBudget: Sendable, Equatable {
    /// Connections of the public listener that are served.
    let connections: Int
    /// Further connections, which are only told to come again.
    let turnedAway: Int
    /// Connections of the admin listener.
    let adminConnections: Int

    /// For files that are open now and then: the log's at a checkpoint, a scrape's in /proc, the listeners'.
    static let reserve = 16
    /// With fewer it would not be a gateway.
    static let fewestConnections = 8
    /// What an event loop has open for itself: epoll, an eventfd, a timer, and the two ends of its bell.
    static let perEventLoop = 5
    /// The two ends of its canary's connection, and of the next one's that is to replace it.
    static let perCanary = 4
    /// What the process has open beside the loops: the admin listener's own loop, the listeners, and what is kept for
    /// probes. What watches signals is already open when the process's descriptors are counted.
    static let perProcess = 12
    /// Probes and scrapers are few.
    static let mostAdminConnections = 64

    /// What a gateway opens for itself before its first connection.
    static func needed(byEventLoops count: Int, hasCanaries: Bool) -> Int {
        perProcess + count * (perEventLoop + (hasCanaries ? perCanary : 0))
    }

    /// - Parameters:
    ///   - allowed: how many descriptors the process may have; 0 when that is not known.
    ///   - used: how many it has open without any connection.
    /// - Returns: nil when too few are left.
    init?(allowed: Int, used: Int, connections: Int, turnedAway: Int) {
        guard allowed > 0, allowed - used - Self.reserve - Self.mostAdminConnections < connections + turnedAway else {
            self.init(connections: connections, turnedAway: turnedAway, adminConnections: Self.mostAdminConnections)
            return
        }
        let free = allowed - used - Self.reserve
        let admin = min(Self.mostAdminConnections, max(4, free / 8))
        let told = min(turnedAway, max(1, (free - admin) / 10))
        guard free - admin - told >= Self.fewestConnections else { return nil }
        self.init(connections: min(connections, free - admin - told), turnedAway: told, adminConnections: admin)
    }

    private init(connections: Int, turnedAway: Int, adminConnections: Int) {
        (self.connections, self.turnedAway, self.adminConnections) = (connections, turnedAway, adminConnections)
    }
}
