import Testing

@testable import HTTPServing

/// What all connections may hold together.
@Suite struct ByteAccountTests {
    private static let much = Int.max

    @Test func `strangers have a quarter, and nobody takes the other's part`() {
        let account = ByteAccount(limit: 1600)
        #expect(account.take(300, for: .stranger, holding: Self.much))
        #expect(!account.take(1, for: .stranger, holding: Self.much))
        #expect(
            !account.hasRoom(for: .stranger, holding: Self.much) && account.hasRoom(for: .known, holding: Self.much))
        #expect(account.take(900, for: .known, holding: Self.much))
        #expect(!account.take(1, for: .known, holding: Self.much))
        account.release(300, for: .stranger)
        #expect(account.take(1, for: .stranger, holding: Self.much))
        #expect(!account.take(1, for: .known, holding: Self.much))
        #expect(account.heldBytes(by: .stranger) == 1 && account.heldBytes(by: .known) == 900)
    }

    @Test func `the last of each part is for those who hold little`() {
        let account = ByteAccount(limit: 4 * 2048)
        #expect(account.take(3 * 2048 * 3 / 4, for: .known, holding: Self.much))
        #expect(!account.take(1, for: .known, holding: 5))
        #expect(account.take(1, for: .known, holding: 4) && account.hasRoom(for: .known, holding: 4))
        account.overdraw(3 * 2048, for: .known)
        #expect(!account.take(1, for: .known, holding: 1))
    }

    @Test func `what is owed is counted, be there room or not`() {
        let account = ByteAccount(limit: 4)
        account.overdraw(100, for: .known)
        #expect(account.heldBytes(by: .known) == 100 && !account.take(1, for: .known, holding: 1))
    }

    @Test func `whatever becomes of a connection, all of it goes back`() {
        let account = ByteAccount(limit: 400)
        do {
            var held = HeldBytes(of: account)
            let taken = (held.take(60), held.take(60))
            #expect(taken == (true, false))
            held.overdraw(60)
            held.release(20)
            #expect(account.heldBytes(by: .stranger) == 100)
            held.release(1000)
            #expect(account.heldBytes(by: .stranger) == 0)
            held.overdraw(5)
        }
        #expect(account.heldBytes(by: .stranger) == 0)
    }

    @Test func `a good token moves what strangers held`() {
        let account = ByteAccount(limit: 400)
        var held = HeldBytes(of: account)
        let first = held.take(75)
        held.becomeKnown()
        held.becomeKnown()
        #expect(first && account.heldBytes(by: .stranger) == 0 && account.heldBytes(by: .known) == 75)
        let more = (held.take(150), held.take(1))
        #expect(more == (true, false))
    }
}
