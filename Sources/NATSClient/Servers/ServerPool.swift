// Which server is tried next, and after what wait: those that are configured, and those that they have told of. A
// value: chance is passed in.

/// How a client comes back.
package struct ReconnectRules: Sendable, Equatable {
    /// The wait after each server has failed once, before jitter; it doubles with each round.
    package var firstWait = Duration.milliseconds(100)
    /// What the wait grows to, before jitter.
    package var longestWait = Duration.seconds(5)
    /// How long a connection has to last until it counts as one that worked. What lets the client in and drops it, a
    /// middlebox or a server that a login has expired at, would be connected to without end otherwise.
    var steadyTime = Duration.seconds(5)

    package init() {}
}

/// The servers of a cluster in the order in which they are tried.
struct ServerPool: Sendable {
    private struct Entry: Sendable {
        var address: ServerAddress
        let isConfigured: Bool
    }

    private let rules: ReconnectRules
    private var entries: [Entry]
    /// The place of the next one.
    private var position = 0
    /// How many have been tried since the last one that worked, or in this round.
    private var tried = 0
    private var rounds = 0

    /// How many servers are known at most that are not configured.
    static let mostDiscovered = 64

    /// - Parameters:
    ///   - addresses: at least one.
    ///   - generator: what they are shuffled by, so that not all clients begin with the same one.
    init(_ addresses: [ServerAddress], _ rules: ReconnectRules, using generator: inout some RandomNumberGenerator) {
        precondition(!addresses.isEmpty, "a client needs a server to connect to")
        self.rules = rules
        entries = addresses.map { Entry(address: $0, isConfigured: true) }.shuffled(using: &generator)
    }

    var addresses: [ServerAddress] { entries.map(\.address) }

    /// Whether each server has been tried since the last one that worked.
    var isRoundOver: Bool { tried >= entries.count }

    /// The next server, and how long to wait before it is tried.
    ///
    /// - Parameter chance: from 0 to 1. The wait has up to half of itself on top, so that clients that were cut
    ///   together do not come back together.
    mutating func next(chance: Double) -> (address: ServerAddress, wait: Duration) {
        var wait = Duration.zero
        if isRoundOver {
            // Twenty doublings are beyond every wait that makes sense, and far below an overflow.
            let base = min(rules.firstWait * (1 << min(rounds, 20)), rules.longestWait)
            wait = base + base * (min(max(chance, 0), 1) / 2)
            (tried, rounds) = (0, rounds + 1)
        }
        let address = entries[position % entries.count].address
        position = (position + 1) % entries.count
        tried += 1
        return (address, wait)
    }

    /// A connection that was good has ended. After one that lasted, the next server comes without a wait.
    mutating func lost(after life: Duration) {
        if life >= rules.steadyTime { (tried, rounds) = (0, 0) }
    }

    /// A server has told which others there are.
    ///
    /// - Parameters:
    ///   - urls: `host:port`, as `INFO` has them. What is none is passed over.
    ///   - teller: the server. Where its URL asks for TLS, so do those it tells of. One that is known by its number
    ///     alone has to have the teller's name in its certificate, as nats-server's other clients ask for it.
    /// - Returns: how many are new.
    mutating func discovered(
        _ urls: [String], from teller: ServerAddress, using generator: inout some RandomNumberGenerator
    ) -> Int {
        let told = urls.prefix(ServerInfo.mostURLs).compactMap { try? ServerAddress($0) }
        // One that is not in the list any more has left the cluster; what is configured stays.
        let gone = entries.indices.filter { index in
            let entry = entries[index]
            return !entry.isConfigured && !entry.address.isSamePlace(as: teller)
                && !told.contains { $0.isSamePlace(as: entry.address) }
        }
        for index in gone.reversed() {
            entries.remove(at: index)
            if index < position { position -= 1 }
        }
        let new = told.filter { address in !entries.contains { $0.address.isSamePlace(as: address) } }
        let room = Self.mostDiscovered - entries.count { !$0.isConfigured }
        let added = new.shuffled(using: &generator).prefix(max(0, room))
        for var address in added {
            address.needsTLS = teller.needsTLS
            if address.isNumeric { address.certificateName = teller.certificateName }
            entries.append(Entry(address: address, isConfigured: false))
        }
        if position >= entries.count { position = 0 }
        return added.count
    }
}
