// What the requests and answers of all connections hold together (`limits.held`): bodies that are not complete, answers
// that are not taken, ciphertext and frames that a socket does not take. Not for events: the delivery path knows
// nothing of it.

internal import Synchronization

/// The process's account of bytes that peers make us hold. Used on any event loop: per body, answer and stalled socket.
///
/// Strangers have a share of their own, and so are the first to find it full: whatever they do, a client with a good
/// token has the rest. The last quarter of each share is for connections that hold little: a few that hold much keep
/// nobody from publishing.
package final class ByteAccount: Sendable {
    /// Whose bytes they are.
    package enum Party: Sendable, CaseIterable {
        /// No good token has come on the connection yet.
        case stranger
        case known
    }

    private let bytes: Atomic<Int>
    private let strangers = Atomic(0)
    private let known = Atomic(0)

    /// How much of an account a party may have: strangers a quarter, the others the rest.
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

    /// An account that is never full: for listeners that only the operator's own machine reaches.
    package static var unlimited: ByteAccount { ByteAccount(limit: .max) }

    /// What is held now.
    package func heldBytes(by party: Party) -> Int {
        switch party {
        case .stranger: strangers.load(ordering: .relaxed)
        case .known: known.load(ordering: .relaxed)
        }
    }

    /// - Parameter holding: how much the connection holds itself.
    func hasRoom(for party: Party, holding: Int) -> Bool { heldBytes(by: party) < limit(of: party, holding: holding) }

    /// Counts bytes in, if there is room for them.
    ///
    /// - Parameter holding: how much the connection would hold with them.
    func take(_ count: Int, for party: Party, holding: Int) -> Bool {
        guard add(count, party) > limit(of: party, holding: holding) else { return true }
        _ = add(-count, party)
        return false
    }

    /// Counts bytes in that are there already, be there room or not.
    func overdraw(_ count: Int, for party: Party) { _ = add(count, party) }

    func release(_ count: Int, for party: Party) { _ = add(-count, party) }

    private func limit(of party: Party, holding: Int) -> Int {
        let limit = limit
        let share = Self.share(of: limit, for: party)
        // Up to so many bytes a connection holds little.
        return holding <= limit / 2048 ? share : share - share / 4
    }

    private func add(_ count: Int, _ party: Party) -> Int {
        switch party {
        case .stranger: strangers.add(count, ordering: .relaxed).newValue
        case .known: known.add(count, ordering: .relaxed).newValue
        }
    }
}
