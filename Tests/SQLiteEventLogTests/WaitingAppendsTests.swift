import EventLog
import EventLogPromises
import Testing

@testable import SQLiteEventLog

/// What waits for the disk, and how much of it.
@Suite struct WaitingAppendsTests {
    private static func append(_ bytes: Int) -> WaitingAppend {
        WaitingAppend(batch: EventBatch([NewEvent(String(repeating: "x", count: bytes))])) { _ in }
    }

    @Test func `the first has a write scheduled, and those behind it wait for that one`() {
        var appends = WaitingAppends(limit: 1 << 20)
        #expect(appends.add(Self.append(1)) == .schedule)
        #expect(appends.add(Self.append(1)) == .wait)
        #expect(appends.take().count == 2)
        #expect(appends.add(Self.append(1)) == .wait, "while the others are being written")
        let writesOn = appends.finish()
        #expect(writesOn, "another write")
        #expect(appends.take().count == 1)
        #expect(appends.finish() == false)
        #expect(appends.add(Self.append(1)) == .schedule)
    }

    @Test func `too many bytes are refused, those being written included, until they are answered`() {
        var appends = WaitingAppends(limit: 2 * Self.append(10).cost)
        #expect(appends.add(Self.append(10)) == .schedule)
        #expect(appends.add(Self.append(10)) == .wait)
        #expect(appends.add(Self.append(0)) == .refuse(.busy))
        #expect(appends.take().count == 2)
        #expect(appends.add(Self.append(0)) == .refuse(.busy))
        #expect(appends.finish() == false)
        #expect(appends.add(Self.append(0)) == .schedule)
    }

    @Test func `a batch that is larger than the limit is taken when nothing waits`() {
        var appends = WaitingAppends(limit: 10)
        #expect(appends.add(Self.append(1000)) == .schedule)
        #expect(appends.add(Self.append(0)) == .refuse(.busy))
    }

    @Test func `a closed one takes no more, and keeps what it has`() {
        var appends = WaitingAppends(limit: 1 << 20)
        #expect(appends.add(Self.append(1)) == .schedule)
        let (first, second) = (appends.close(), appends.close())
        #expect(first && !second, "it closes once")
        #expect(appends.add(Self.append(1)) == .refuse(.closed))
        #expect(appends.take().count == 1)
    }
}
