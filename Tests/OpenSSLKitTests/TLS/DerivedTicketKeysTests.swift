import Testing

@testable import OpenSSLKit

/// Ticket keys that processes with the same secret share.
@Suite struct DerivedTicketKeysTests {
    private static let secret = [UInt8](repeating: 7, count: 32)

    private static func keys(_ secret: [UInt8] = secret) throws -> DerivedTicketKeys {
        try DerivedTicketKeys(secret: secret, lifetimeSeconds: 7200)
    }

    /// Whether a key that sealed at one second opens at another, in another process.
    private static func opens(sealedAt first: Int64, at second: Int64) throws -> Bool? {
        var (one, other) = (try keys(), try keys())
        let key = one.sealingKey(at: first)
        let name = try #require(key).name
        return name.withUnsafeBufferPointer { other.openingKey(named: $0, at: second)?.isNewest }
    }

    @Test func `processes agree, and a key seals for half of a ticket's lifetime`() throws {
        var (one, other) = (try Self.keys(), try Self.keys())
        let first = one.sealingKey(at: 3600 * 500_000)?.name
        let (last, next) = (
            other.sealingKey(at: 3600 * 500_000 + 3599)?.name, other.sealingKey(at: 3600 * 500_001)?.name
        )
        #expect(first != nil && last == first && next != first)
    }

    @Test func `a ticket opens for a lifetime, and is renewed when its key's turn is over`() throws {
        let begin: Int64 = 3600 * 500_000
        #expect(try Self.opens(sealedAt: begin + 3599, at: begin + 3599) == true)
        #expect(try Self.opens(sealedAt: begin + 3599, at: begin + 3600) == false)
        #expect(try Self.opens(sealedAt: begin + 3599, at: begin + 3599 + 7200) == false)
        #expect(try Self.opens(sealedAt: begin, at: begin + 3 * 3600) == nil)
    }

    @Test func `a node whose clock is ahead is understood`() throws {
        let begin: Int64 = 3600 * 500_000
        #expect(try Self.opens(sealedAt: begin + 3600, at: begin + 3599) == true)
        #expect(try Self.opens(sealedAt: begin + 7200, at: begin + 3599) == nil, "by a turn, no more")
        #expect(try Self.opens(sealedAt: -1, at: 0) == false, "before 1970, too")
    }

    @Test func `another secret has other keys`() throws {
        var (one, other) = (try Self.keys(), try Self.keys([UInt8](repeating: 8, count: 32)))
        let names = (one.sealingKey(at: 0)?.name, other.sealingKey(at: 0)?.name)
        #expect(names.0 != names.1)
    }
}
