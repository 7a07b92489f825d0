// What the process's descriptors are for, as a value: so that connections never take the last one.

/// How many connections there may be under the system's limit on open files.
struct DescriptorBudget: Sendable, Equatable {
    /// Connections of the public listener that are served.
    let connections: Int
    /// Connections beside those that are told to come again.
    let turnedAway: Int
    /// Connections of the admin listener.
    let adminConnections: Int

    /// For what opens a file now and then: the log at a checkpoint, a scrape in /proc, the listeners.
    static let reserve = 16
    /// Below that, there is no gateway to speak of.
    static let fewestConnections = 8
    /// What an event loop has open for itself: epoll, an event, a timer, a bell of two ends.
    static let perEventLoop = 5
    /// The same for the admin listener, and beside loops: listeners, and what is kept for probes. What watches signals
    /// is open already when the process's descriptors are counted.
    static let perProcess = 12
    /// Probes and scrapers are few.
    static let mostAdminConnections = 64

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
