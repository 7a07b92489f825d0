// What follows from when an event was told of, and from how far each stream was sent the log.

import EventHub
import EventLog
import NIOCore
import Testing

@testable import GatewayServer

@Suite struct ExplanationTests {
    private static func time(_ seconds: Int64) -> WallTime { WallTime(milliseconds: seconds * 1000) }

    private static func stream(
        since: Int64 = 0, from: Position = 0, last: Position = 0, topics: [String] = [], ended: Int64? = nil
    ) -> StreamAccount {
        StreamAccount(
            name: "0-1", user: "alice", topics: topics, since: time(since), from: from, last: last,
            ended: ended.map { StreamAccount.End(at: time($0), reason: "client-closed") })
    }

    private static func entry(
        _ sequence: Position, _ audience: Audience = .user("alice"), expiresAt: WallTime? = nil, bytes: Int = 50
    ) -> EventDiary.Entry {
        .init(sequence: sequence, audience: audience, toldAt: time(100), expiresAt: expiresAt, byteCount: bytes)
    }

    private static func explained(
        _ streams: [StreamAccount], audience: Audience = .user("alice"), sequence: Position = 10,
        expiresAt: WallTime? = nil, later: [EventDiary.Entry] = [], floor: Position = 0, epoch: String = "abc"
    ) throws -> Explanation {
        let own = try #require(Epoch("abc"))
        return Explanation(
            LoggedEventID(epoch: try #require(Epoch(epoch)), sequence: sequence), for: "alice", epoch: own,
            extent: LogExtent(floor: floor, head: 20, byteCount: 0),
            event: entry(sequence, audience, expiresAt: expiresAt), later: later, streams: streams, now: time(200))
    }

    private static func fate(
        _ stream: StreamAccount, audience: Audience = .user("alice"), expiresAt: WallTime? = nil
    ) throws -> Explanation.Fate? {
        try explained([stream], audience: audience, expiresAt: expiresAt).streams.first?.fate
    }

    @Test func aStreamThatWasSentItSaysSo() throws {
        #expect(try Self.fate(Self.stream(last: 10)) == .sent(.unknown(waiting: 0)))
        var stalled = Self.stream(last: 12)
        stalled.unsentBytes = 4096
        #expect(try Self.fate(stalled) == .sent(.unknown(waiting: 4096)))
        #expect(try Self.fate(Self.stream(since: 150, from: 3, last: 10)) == .replayed(.unknown(waiting: 0)))
        #expect(try Self.fate(Self.stream(last: 10, ended: 150)) == .sent(.ended))
    }

    private static func arrival(
        unacknowledged bytes: Int, last: Position = 14, behind later: [EventDiary.Entry], floor: Position = 0
    ) throws -> Arrival? {
        var stream = stream(last: last)
        stream.unacknowledgedBytes = bytes
        return try explained([stream], later: later, floor: floor).streams.first?.fate.arrival
    }

    @Test func whatIsBehindItSaysWhetherItIsAmongTheLastBytes() throws {
        let later = [Self.entry(11), Self.entry(14)]
        let perhaps = { Arrival.perhapsNot(bytes: $0, waiting: 0) }
        #expect(try Self.arrival(unacknowledged: 0, behind: []) == .acknowledged)
        #expect(try Self.arrival(unacknowledged: 1, behind: []) == perhaps(1))
        #expect(try Self.arrival(unacknowledged: 100, behind: later) == .acknowledged)
        #expect(try Self.arrival(unacknowledged: 101, behind: later) == perhaps(101))
    }

    /// What was not written to the stream, or perhaps not, does not make an event an older one.
    @Test func onlyWhatWasCertainlyWrittenBehindItCounts() throws {
        let perhaps = Arrival.perhapsNot(bytes: 60, waiting: 0)
        for other in [
            Self.entry(12, .user("bob")), Self.entry(12, .topic("news")), Self.entry(12, expiresAt: Self.time(900)),
            Self.entry(15), Self.entry(3),
        ] {
            #expect(try Self.arrival(unacknowledged: 60, behind: [Self.entry(11), other]) == perhaps, "\(other)")
            #expect(try Self.arrival(unacknowledged: 50, behind: [Self.entry(11), other]) == .acknowledged)
        }
    }

    @Test func aStreamThatWasNotThereSaysWhen() throws {
        #expect(try Self.fate(Self.stream(last: 4, ended: 50)) == .endedBefore)
        #expect(try Self.fate(Self.stream(since: 150, from: 10, last: 10)) == .beganBehindIt)
        #expect(try Self.fate(Self.stream(last: 9, ended: 101)) == .endedWithoutIt(reason: "client-closed"))
    }

    @Test func aStreamThatDidNotAskForItSaysSo() throws {
        #expect(try Self.fate(Self.stream(), audience: .topic("news")) == .notSubscribed)
        let sent = Explanation.Fate.sent(.unknown(waiting: 0))
        #expect(try Self.fate(Self.stream(last: 10, topics: ["news"]), audience: .topic("news")) == sent)
        #expect(try Self.fate(Self.stream(), audience: .users(["bob"])) == .notSubscribed)
        #expect(try Self.fate(Self.stream(last: 10), audience: .everyone) == sent)
    }

    /// What was passed over was noted nowhere: it is said as what it may be.
    @Test func whatIsNotKnownIsSaidAsPerhaps() throws {
        let past = Self.stream(last: 12)
        #expect(try Self.fate(past, expiresAt: Self.time(1000)) == .perhapsExpired)
        #expect(try Self.explained([past], floor: 10).streams.first?.fate == .perhapsLost)
        var other = past
        other.epoch = Epoch("other")
        #expect(try Self.fate(other) == .otherEpoch)
        #expect(try Self.fate(Self.stream(from: .max, last: 3)) == .waiting)
        let fates: [Explanation.Fate] = [
            .perhapsExpired, .perhapsLost, .sent(.unknown(waiting: 0)), .sent(.perhapsNot(bytes: 1, waiting: 0)),
            .replayed(.ended), .expired,
        ]
        for fate in fates {
            #expect(fate.words.contains("perhaps"), "\(fate)")
        }
    }

    /// This machine's clock may have been set back between the event and the stream's end.
    @Test func aPositionIsBelievedBeforeAClock() throws {
        #expect(try Self.fate(Self.stream(last: 10, ended: 50)) == .sent(.ended))
        #expect(try Self.fate(Self.stream(since: 10, from: 10, last: 10, ended: 50)) == .beganBehindIt)
    }

    @Test func aStreamThatWaitsSaysForWhat() throws {
        #expect(try Self.fate(Self.stream(last: 9)) == .waiting)
        var stream = Self.stream(last: 9)
        stream.isBehind = true
        #expect(try Self.fate(stream) == .behind)
        stream.isDelayed = true
        #expect(try Self.fate(stream) == .delayed)
        #expect(try Self.fate(stream, expiresAt: Self.time(150)) == .expired)
    }

    @Test func anEventSaysWhereItIs() throws {
        #expect(try Self.explained([]).place == .held)
        #expect(try Self.explained([], floor: 10).place == .letGo)
        #expect(try Self.explained([], sequence: 21).place == .unknown)
        let other = try Self.explained([Self.stream(last: 10)], epoch: "other")
        #expect(other.place == .otherEpoch && other.event == nil && other.streams.isEmpty)
    }

    @Test func everyFateHasWords() {
        let arrivals: [Arrival] = [
            .acknowledged, .unknown(waiting: 0), .unknown(waiting: 1), .ended, .perhapsNot(bytes: 1, waiting: 0),
            .perhapsNot(bytes: 2, waiting: 1),
        ]
        let fates: [Explanation.Fate] =
            arrivals.flatMap { [.sent($0), .replayed($0)] } + [
                .perhapsExpired, .perhapsLost, .otherEpoch, .notSubscribed, .beganBehindIt, .endedBefore,
                .endedWithoutIt(reason: "a"), .expired, .behind, .delayed, .waiting,
            ]
        #expect(Set(fates.map(\.words)).count == fates.count)
    }
}

@Suite struct EventDiaryTests {
    private static func event(_ sequence: Position, for audience: Audience = .user("alice")) -> LoggedEvent {
        LoggedEvent(sequence: sequence, audience: audience, frame: EventFrame(capacity: 2) { $0.writeString("x\n") })
    }

    @Test func itRemembersTheNewestWithinItsBytes() {
        let diary = EventDiary(bytes: 20_000) { WallTime(milliseconds: 7) }
        for sequence in 1...1000 as ClosedRange<Position> { diary.told([Self.event(sequence)]) }
        #expect(diary.event(1000)?.toldAt == WallTime(milliseconds: 7))
        #expect(diary.event(1000)?.audience == .user("alice"))
        #expect(diary.event(950) != nil && diary.event(800) == nil)
        #expect(diary.events(behind: 997).map(\.sequence) == [998, 999, 1000] && diary.events(behind: 800).isEmpty)
        #expect(diary.event(1000)?.byteCount == 2)
    }

    /// The names of an audience are kept alive by whoever remembers it.
    @Test func namesCount() {
        let diary = EventDiary(bytes: 20_000)
        let names = (0..<100).map { String(repeating: "n", count: 60) + "\($0)" }
        diary.told([Self.event(1)])
        for sequence in 2...4 as ClosedRange<Position> { diary.told([Self.event(sequence, for: .users(names))]) }
        #expect(diary.event(4) != nil && diary.event(1) == nil)
    }

    @Test func withoutMemoryItRemembersNothing() {
        let diary = EventDiary(bytes: 0)
        diary.told([Self.event(1)])
        #expect(diary.event(1) == nil)
    }
}
