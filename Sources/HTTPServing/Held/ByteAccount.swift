// How many bytes the requests and answers of all connections hold together (`limits.held`): incomplete bodies, answers
// that were not taken yet, and ciphertext and frames that a socket does not take. Events are not in it: the delivery
// path knows nothing of this account.

internal import Synchronization

/// The process's account of bytes that peers make it hold. Event loops use it for each body, answer and stalled socket.
///
/// Strangers have a share of their own. Whatever they do, clients with a valid token have the rest. The last quarter of
/// each share is for connections that hold little, so that a few that hold much keep nobody from publishing.
package final class ByteAccount: Sendable {
    /// The party that holds bytes.
    package enum Party: Sendable, CaseIterable {
        /// No valid token has come on the connection yet.
        case stranger
        case known
    }

    private let bytes: Atomic<Int>
    private let strangers = Atomic(0)
    private let known = Atomic(0)

    /// The share of a party: strangers have a quarter, the others the rest.
    package static func share(of limit: Int, for party: Party) -> Int {
        switch party {
        case .stranger: limit / 4
        case .known: limit - limit / 4
        }
    }

    /// - Parameter limit: how many bytes there may be.
    package init(limit: Int) {
        bytes = Atomic(limit)
    }

    /// How many bytes there may be. A lower limit takes nothing back.
    package var limit: Int {
        get { bytes.load(ordering: .relaxed) }
        set { bytes.store(newValue, ordering: .relaxed) }
    }

    /// An account that is never full, for listeners that only the operator's own machine reaches.
    package static var unlimited: ByteAccount { ByteAccount(limit: .max) }

    /// How many bytes are held now.
    package func heldBytes(by party: Party) -> Int {
        switch party {
        case .stranger: strangers.load(ordering: .relaxed)
        case .known: known.load(ordering: .relaxed)
        }
    }

    /// - Parameter holding: how many bytes the connection holds itself.
    func hasRoom(for party: Party, holding: Int) -> Bool { heldBytes(by: party) < limit(of: party, holding: holding) }

    /// Counts bytes in, if there is room for them.
    ///
    /// - Parameter holding: how many bytes the connection would hold with them.
    func take(_ count: Int, for party: Party, holding: Int) -> Bool {
        guard add(count, party) > limit(of: party, holding: holding) else { return true }
        _ = add(-count, party)
        return false
    }

    /// Counts bytes that are held already, with room for them or without.
    func overdraw(_ count: Int, for party: Party) { _ = add(count, party) }

    func release(_ count: Int, for party: Party) { _ = add(-count, party) }

    private func limit(of party: Party, holding: Int) -> Int {
        let limit = limit
        let share = Self.share(of: limit, for: party)
        return isLittle(holding) ? share : share - share / 4
    }

    /// Whether a connection with so many bytes holds little.
    func isLittle(_ count: Int) -> Bool { count <= limit / 2048 }

    private func add(_ count: Int, _ party: Party) -> Int {
        switch party {
        case .stranger: strangers.add(count, ordering: .relaxed).newValue
        case .known: known.add(count, ordering: .relaxed).newValue
        }
    }
}
