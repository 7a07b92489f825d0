// One connection's part of the process's account. Whatever becomes of the connection, all of it goes back.

/// What a connection holds of a ``ByteAccount``. Confined to the connection's event loop.
struct HeldBytes: ~Copyable {
    private let account: ByteAccount
    private var party = ByteAccount.Party.stranger
    private(set) var count = 0

    init(of account: ByteAccount) {
        self.account = account
    }

    deinit { account.release(count, for: party) }

    /// Whether something may be begun that would have the connection hold so many bytes more.
    func hasRoom(for bytes: Int) -> Bool { account.hasRoom(for: party, holding: count + bytes) }

    var isStrangers: Bool { party == .stranger }

    /// Whether the connection holds so little that the last quarter of a share is for it.
    var isLittle: Bool { account.isLittle(count) }

    /// Counts bytes in, if there is room for them.
    mutating func take(_ bytes: Int) -> Bool {
        guard bytes == 0 || account.take(bytes, for: party, holding: count + bytes) else { return false }
        count += bytes
        return true
    }

    /// Counts bytes in that are there already: an answer that is owed.
    mutating func overdraw(_ bytes: Int) {
        account.overdraw(bytes, for: party)
        count += bytes
    }

    mutating func release(_ bytes: Int) {
        // A connection that has gone meanwhile has given everything back.
        let bytes = min(bytes, count)
        guard bytes > 0 else { return }
        account.release(bytes, for: party)
        count -= bytes
    }

    /// A good token has come: what strangers held is now held by somebody known.
    mutating func becomeKnown() {
        guard party == .stranger else { return }
        account.release(count, for: .stranger)
        account.overdraw(count, for: .known)
        party = .known
    }
}
