// What is remembered of whom, when one causes most of it.

import Testing

@testable import GatewayServer

@Suite struct BoundedRingTests {
    @Test func theOldestGo() {
        var ring = BoundedRing<Int>()
        for number in 0..<100 { ring.append(number, of: nil, cost: 10, limit: 55) }
        #expect(ring.elements { _ in true } == [95, 96, 97, 98, 99])
        #expect(ring.last { $0 < 98 } == 97)
    }

    /// One who comes back each second does not push out what others have had.
    @Test func whoCausesMostLosesItsOwn() {
        var ring = BoundedRing<String>()
        for number in 0..<20 { ring.append("quiet-\(number)", of: "user-\(number)", cost: 10, limit: 1000) }
        for number in 0..<100_000 { ring.append("loud-\(number)", of: "loud", cost: 10, limit: 1000) }
        #expect(ring.elements { $0.hasPrefix("quiet") }.count == 20)
        let loud = ring.elements { $0.hasPrefix("loud") }
        #expect(loud.last == "loud-99999" && (30...80).contains(loud.count), "\(loud.count)")
        #expect(ring.count <= 100)
    }

    @Test func whoIsAloneHasItAll() {
        var ring = BoundedRing<Int>()
        for number in 0..<100 { ring.append(number, of: "alice", cost: 10, limit: 1000) }
        #expect(ring.count == 100)
    }

    @Test func oneThatIsLargerThanItAllIsNotKept() {
        var ring = BoundedRing<Int>()
        ring.append(1, of: "alice", cost: 2000, limit: 1000)
        #expect(ring.count == 0)
        ring.append(2, of: "alice", cost: 10, limit: 1000)
        #expect(ring.elements { _ in true } == [2])
    }
}
