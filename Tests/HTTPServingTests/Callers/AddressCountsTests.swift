import NIOConcurrencyHelpers
import NIOCore
import PeerText
import SeededRandom
import Testing

@testable import HTTPServing

/// How many connections an address may have, and how fast.
@Suite struct AddressCountsTests {
    private static func address(_ text: String) throws -> ClientAddress {
        try #require(ClientAddress(text[...].utf8))
    }

    private static let now = TokenBucketTests.at(0)

    @Test func `one address has what it may, and others do not notice`() throws {
        let book = AddressBook()
        let limits = AddressLimits(connections: 2)
        let (alice, bob) = (try Self.address("192.0.2.1"), try Self.address("192.0.2.2"))
        var places = [try book.admit(alice, limits), try book.admit(alice, limits)]
        #expect(throws: AddressRefusal.tooMany) { try book.admit(alice, limits) }
        places.append(try book.admit(bob, limits))
        #expect(places.allSatisfy { $0 != nil } && book.count == 2)
        places.removeFirst()
        places.append(try book.admit(alice, limits))
        #expect(throws: AddressRefusal.tooMany) { try book.admit(alice, limits) }
        places.removeAll()
        #expect(book.count == 0)
    }

    @Test func `one host of IPv6 is its 64 first bits`() throws {
        let book = AddressBook()
        let limits = AddressLimits(connections: 1)
        let place = try book.admit(try Self.address("2001:db8:1:2::1"), limits)
        #expect(throws: AddressRefusal.tooMany) { try book.admit(try Self.address("2001:db8:1:2:ffff::9"), limits) }
        let neighbour = try book.admit(try Self.address("2001:db8:1:3::1"), limits)
        #expect(place != nil && neighbour != nil)
    }

    @Test func `connections that come too fast are refused until time has passed`() throws {
        let clock = NIOLockedValueBox(Self.now)
        let book = AddressBook { clock.withLockedValue { $0 } }
        let limits = AddressLimits(handshakes: CallRate(10, in: .seconds(1), burst: 5))
        let alice = try Self.address("192.0.2.1")
        for _ in 0..<5 { #expect(try book.admit(alice, limits) == nil) }
        #expect(throws: AddressRefusal.tooFast) { try book.admit(alice, limits) }
        #expect(try book.admit(try Self.address("192.0.2.2"), limits) == nil)
        clock.withLockedValue { $0 = $0 + .milliseconds(101) }
        #expect(try book.admit(alice, limits) == nil)
        #expect(throws: AddressRefusal.tooFast) { try book.admit(alice, limits) }
    }

    @Test func `who is exempt, or where nothing is limited, is not counted`() throws {
        let book = AddressBook()
        let network = try #require(Network("10.0.0.0/8"))
        let limits = AddressLimits(
            connections: 1, handshakes: CallRate(1, in: .seconds(1), burst: 1), exempt: [network])
        for _ in 0..<10 { #expect(try book.admit(try Self.address("10.1.2.3"), limits) == nil) }
        for _ in 0..<10 { #expect(try book.admit(try Self.address("192.0.2.1"), AddressLimits()) == nil) }
        for _ in 0..<10 { #expect(try book.admit(nil, limits) == nil) }
        #expect(book.count == 0)
    }

    /// A limit that is set while connections are open counts those that come.
    @Test func `a connection that was never counted does not leave`() throws {
        var counts = AddressCounts(capacity: 8)
        let alice = try Self.address("192.0.2.1")
        counts.left(alice)
        #expect(counts.admit(alice, at: Self.now, AddressLimits(connections: 1)) == .admitted)
        #expect(counts.admit(alice, at: Self.now, AddressLimits(connections: 1)) == .tooMany)
    }

    @Test func `random comings and goings are counted exactly`() throws {
        var random = SeededGenerator(test: "AddressCountsTests")
        var (counts, model) = (AddressCounts(capacity: 8), [Int: Int]())
        let limits = AddressLimits(connections: 3)
        for _ in 0..<20_000 {
            let host = Int.random(in: 1...20, using: &random)
            let key = try Self.address("192.0.2.\(host)")
            if Bool.random(using: &random) {
                let isAdmitted = counts.admit(key, at: Self.now, limits) == .admitted
                #expect(isAdmitted == (model[host, default: 0] < 3))
                if isAdmitted { model[host, default: 0] += 1 }
            } else if let count = model[host] {
                counts.left(key)
                model[host] = count > 1 ? count - 1 : nil
            }
            #expect(counts.count == model.count)
        }
    }
}
