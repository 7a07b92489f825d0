// What the system lets the process open, and what it has open before the first connection. Each configuration gets its
// budget from these figures.

/// The descriptors that are there for connections.
struct DescriptorSupply: Sendable {
    /// How many the process may have.
    let allowed: Int
    /// How many it has open without any connection.
    let own: Int

    /// Raises the system's limit as far as the system allows.
    ///
    /// - Parameter hasCanaries: whether each event loop has a stream of the gateway's own.
    init(eventLoops: Int, hasCanaries: Bool) {
        allowed = FileDescriptors.raiseLimit()
        own =
            (FileDescriptors.openCount ?? 0)
            + DescriptorBudget.needed(byEventLoops: eventLoops, hasCanaries: hasCanaries)
    }

    /// Why there is no budget, and what to do.
    var refusal: String {
        "The system allows this process \(allowed) open files, and it takes \(own) without any connection. "
            + "Raise `ulimit -n`, or lower listen.event_loops."
    }

    /// - Returns: nil when too few are left.
    func budget(for limits: GatewayConfiguration.Limits) -> DescriptorBudget? {
        DescriptorBudget(
            allowed: allowed, used: own, connections: limits.connections, turnedAway: limits.turnedAway)
    }
}
