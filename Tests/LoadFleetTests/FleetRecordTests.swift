import Testing

@testable import LoadFleet

/// What counts as lost, doubled, out of order and misdelivered.
@Suite struct FleetRecordTests {
    /// A ledger of three lanes, 0 and 1 for users, 2 for everyone, with as many events as given.
    private func ledger(_ counts: Int...) -> PublishLedger {
        var ledger = PublishLedger(laneCount: 3)
        for (lane, count) in counts.enumerated() {
            for _ in 0..<count { _ = ledger.next(in: lane) }
        }
        return ledger
    }

    private func missing(lost: Int = 0, told: Int = 0) -> MissingEvents {
        var missing = MissingEvents()
        missing.add(lost, isTold: false)
        missing.add(told, isTold: true)
        return missing
    }

    private func record(_ numbers: UInt32...) -> LaneRecord {
        var record = LaneRecord()
        for number in numbers { _ = record.received(number) }
        return record
    }

    @Test func `all that came in order is in order, and nothing is missing`() {
        var record = LaneRecord()
        for number in UInt32(1)...1000 { #expect(record.received(number) == .inOrder) }
        #expect(record.missing(of: ledger(1000).lanes[0]) == MissingEvents())
    }

    @Test func `what came before comes doubled`() {
        var record = record(1, 2, 3)
        #expect(record.received(3) == .doubled)
        #expect(record.received(1) == .doubled)
        #expect(record.missing(of: ledger(3).lanes[0]) == MissingEvents())
    }

    @Test func `what a later one has overtaken is out of order once, and doubled then`() {
        var record = record(1, 7)
        #expect(record.missing(of: ledger(7).lanes[0]) == missing(lost: 5))
        for number: UInt32 in [4, 2, 6, 3, 5] {
            #expect(record.received(number) == .outOfOrder)
            #expect(record.received(number) == .doubled)
        }
        #expect(record.missing(of: ledger(7).lanes[0]) == MissingEvents())
    }

    @Test func `what did not come at the beginning, in the middle and at the end is lost`() {
        #expect(record(3, 4, 7).missing(of: ledger(9).lanes[0]) == missing(lost: 6))
        #expect(LaneRecord().missing(of: ledger(9).lanes[0]) == missing(lost: 9))
        #expect(LaneRecord().missing(of: ledger(0).lanes[0]) == MissingEvents())
    }

    @Test func `what was refused need not come, and may`() {
        var ledger = ledger(6)
        for number: UInt32 in [1, 3, 6] { ledger.void(number, in: 0) }
        #expect(ledger.lanes[0].promised == 3)
        #expect(record(2, 4, 5).missing(of: ledger.lanes[0]) == MissingEvents())
        #expect(record(2, 3, 4, 5).missing(of: ledger.lanes[0]) == MissingEvents())
        #expect(record(2).missing(of: ledger.lanes[0]) == missing(lost: 2))
    }

    @Test func `a gap that was told explains what is missing behind it, up to the next event`() {
        var record = record(1, 2)
        record.gapTold()
        #expect(record.missing(of: ledger(4).lanes[0]) == missing(told: 2))
        _ = record.received(5)
        #expect(record.missing(of: ledger(5).lanes[0]) == missing(told: 2))
        _ = record.received(8)
        #expect(record.missing(of: ledger(10).lanes[0]) == missing(lost: 4, told: 2))
    }

    @Test func `a stream is owed its user's events and everyone's, and no one else's`() {
        var record = DeliveryRecord(lane: 1, everyone: 2..<3)
        #expect(record.isEmpty)
        #expect(record.received(FleetEvent(lane: 1, number: 1, sentAt: 0)) == .inOrder)
        #expect(record.received(FleetEvent(lane: 2, number: 1, sentAt: 0)) == .inOrder)
        #expect(record.received(FleetEvent(lane: 2, number: 1, sentAt: 0)) == .doubled)
        #expect(record.received(FleetEvent(lane: 0, number: 1, sentAt: 0)) == .misdelivered)
        #expect(record.received(FleetEvent(lane: 3, number: 1, sentAt: 0)) == .misdelivered)
        #expect(!record.isEmpty)
        #expect(record.missing(of: ledger(9, 1, 1)) == MissingEvents())
        #expect(record.missing(of: ledger(9, 2, 3)) == missing(lost: 3))
        record.gapTold()
        #expect(record.missing(of: ledger(9, 2, 3)) == missing(told: 3))
    }

    @Test func `ledgers of several publishers make one`() {
        var all = ledger(2)
        var other = PublishLedger(laneCount: 3)
        #expect(other.next(in: 1) == 1)
        #expect(other.next(in: 1) == 2)
        other.void(2, in: 1)
        all.merge(other)
        #expect(all.lanes.map(\.last) == [2, 2, 0])
        #expect(all.lanes.map(\.promised) == [2, 1, 0])
    }
}
