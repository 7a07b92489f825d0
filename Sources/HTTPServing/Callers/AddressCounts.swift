// Who has how many connections, and how fast they come, by address: a rule as a value.

internal import NIOCore
package import PeerText

/// What one address may have.
package struct AddressLimits: Sendable, Equatable {
    /// Open connections; nothing for as many as there are.
    package var connections: Int?
    /// How fast connections, and with them handshakes, may begin.
    package var handshakes: CallRate?
    /// Whose connections are not counted: proxies, which bring many users' under one address.
    package var exempt: [Network]

    package init(connections: Int? = nil, handshakes: CallRate? = nil, exempt: [Network] = []) {
        (self.connections, self.handshakes, self.exempt) = (connections, handshakes, exempt)
    }

    /// Whether there is anything to count.
    var areOff: Bool { connections == nil && handshakes == nil }
}

/// The connections of all addresses.
///
/// Those that are open are counted exactly. Addresses without a connection have no count, so there are never more of
/// these than connections. How fast they come is told by ``BoundedBuckets``.
struct AddressCounts: Sendable {
    /// What becomes of a new connection.
    enum Ruling: Equatable {
        case admitted
        /// Its address has as many as it may.
        case tooMany
        /// Its address makes them too fast.
        case tooFast
    }

    private var open: [ClientAddress: Int32] = [:]
    private var handshakes: BoundedBuckets

    init(capacity: Int) { handshakes = BoundedBuckets(capacity: capacity) }

    /// How many addresses have a connection.
    var count: Int { open.count }

    /// A connection has come. One that is admitted while connections are limited is to be reported when it is closed.
    ///
    /// - Parameter key: what its address is counted by.
    mutating func admit(_ key: ClientAddress, at now: NIODeadline, _ limits: AddressLimits) -> Ruling {
        if let most = limits.connections, open[key, default: 0] >= most { return .tooMany }
        if let rate = limits.handshakes {
            let caller = BoundedBuckets.fingerprint(of: key)
            guard handshakes.take(1, of: caller, at: now, rate) == nil else { return .tooFast }
        }
        if limits.connections != nil { open[key, default: 0] += 1 }
        return .admitted
    }

    /// A connection that was counted is closed.
    mutating func left(_ key: ClientAddress) {
        guard let count = open[key] else { return }
        open[key] = count > 1 ? count - 1 : nil
    }
}
