// How long a client has to wait before it reconnects (`retry:`, HTML standard §9.2.5). A value; randomness is passed
// in.

/// Spreads the reconnects of all streams over a time that grows with their number. When a network or a gateway goes
/// down, all clients come back, and each costs a handshake.
package struct RetrySpread: Sendable, Equatable {
    /// The shortest wait, in milliseconds. While there are few streams, all clients get it.
    package var milliseconds: UInt32
    /// How many clients may come back per second, if all do.
    package var reconnectsPerSecond: Int

    /// - Parameters:
    ///   - milliseconds: the shortest wait.
    ///   - reconnectsPerSecond: how many may come back per second; without it, all wait equally long.
    package init(milliseconds: UInt32, reconnectsPerSecond: Int = .max) {
        self.milliseconds = milliseconds
        self.reconnectsPerSecond = reconnectsPerSecond
    }

    /// The wait of one client, in milliseconds.
    ///
    /// - Parameters:
    ///   - streams: how many are open.
    ///   - chance: a random number from 0 up to 1, its own for each client.
    package func milliseconds(streams: Int, chance: Double) -> UInt32 {
        let window = Double(max(0, streams)) / Double(max(1, reconnectsPerSecond)) * 1000
        return UInt32(min(Double(milliseconds) + window * min(max(chance, 0), 1), Double(UInt32.max)))
    }
}
