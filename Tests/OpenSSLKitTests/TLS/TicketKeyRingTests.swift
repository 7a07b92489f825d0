import NIOCore
import Testing

@testable import OpenSSLKit

/// Which key a ticket is sealed and opened with.
@Suite struct TicketKeyRingTests {
    private var ring = TicketKeyRing(lifetime: .hours(2))
    private var random = SecureRandom()

    private mutating func seal(at hours: Double) -> [UInt8] {
        ring.sealingKey(at: Self.time(hours), using: &random).name
    }

    private mutating func opening(_ name: [UInt8], at hours: Double) -> Bool? {
        name.withUnsafeBufferPointer { ring.openingKey(named: $0, at: Self.time(hours))?.isNewest }
    }

    private static func time(_ hours: Double) -> NIODeadline { .uptimeNanoseconds(UInt64(hours * 3600 * 1e9) + 1) }

    @Test mutating func `a key seals for half of a ticket's lifetime`() {
        let first = seal(at: 0)
        #expect(seal(at: 0.99) == first)
        #expect(seal(at: 1) != first)
    }

    @Test mutating func `it opens for one lifetime more, and its tickets are renewed`() {
        let first = seal(at: 0)
        #expect(opening(first, at: 0.5) == true)
        _ = seal(at: 1)
        #expect(opening(first, at: 1.5) == false)
        #expect(opening(first, at: 2.99) == false)
        #expect(opening(first, at: 3) == nil)
    }

    @Test mutating func `a key is renewed though no other ticket has been sealed since`() {
        let first = seal(at: 0)
        #expect(opening(first, at: 1.2) == false)
    }

    @Test mutating func `few keys are kept however long it runs`() {
        for hour in 0..<100 { _ = seal(at: Double(hour)) }
        #expect(ring.keys.count <= 4)
    }

    @Test mutating func `an unknown name opens nothing`() {
        _ = seal(at: 0)
        #expect(opening([UInt8](repeating: 0, count: 16), at: 0) == nil)
    }
}
