// Lines of one stream read as one, from replicas that may lag.

import EventLog
import EventLogPromises
import SeededRandom
import Testing

@testable import JetStreamEventLog

@Suite struct ClampedStepTests {
    private func step(_ sequences: ClosedRange<Position>, position: Position) throws -> ReplayStep {
        let epoch = try #require(Epoch("test"))
        let events = sequences.map {
            LoggedEvent(NewEvent(), epoch: epoch, sequence: $0, now: WallTime(milliseconds: 0))
        }
        return ReplayStep(start: sequences.lowerBound - 1, events: events, position: position, reachedHead: false)
    }

    @Test func aFloorThatDidNotPassTheStartChangesNothing() throws {
        let clamped = try step(11...20, position: 20).clamped(to: 10)
        #expect(clamped.start == 10 && clamped.position == 20 && clamped.events.count == 10)
    }

    @Test func whatIsAboveTheLaterFloorStands() throws {
        let clamped = try step(11...20, position: 20).clamped(to: 15)
        #expect(clamped.start == 15 && clamped.position == 20)
        #expect(clamped.events.map(\.sequence) == Array(16...20))
    }

    @Test func aFloorThatPassedAllOfItMovesTheStreamOn() throws {
        let clamped = try step(11...20, position: 20).clamped(to: 25)
        #expect(clamped.start == 25 && clamped.position == 25 && clamped.events.isEmpty)
        #expect(!clamped.reachedHead)
    }
}

@Suite struct ReadPlanTests {
    private func found(_ sequences: Position...) -> [FoundMessage<Int>] {
        sequences.map { FoundMessage(sequence: $0, content: 0) }
    }

    @Test func twoLinesBecomeOneOrder() {
        var plan = ReadPlan<Int>(lines: 2, after: 3, upTo: 20)
        #expect(plan.needs == [.fetch(line: 0, from: 4), .fetch(line: 1, from: 4)])
        plan.fetched(found(5, 9), line: 0, isEnd: false)
        plan.fetched(found(7), line: 1, isEnd: true)
        #expect(plan.next()?.sequence == 5)
        #expect(plan.next()?.sequence == 7)
        #expect(plan.needs == [.confirm(line: 1, from: 8)], "9 may stand behind one that the replica has not")
        plan.confirmed(nil, line: 1)
        #expect(plan.next()?.sequence == 9)
        #expect(plan.position == 9)
        #expect(plan.needs == [.fetch(line: 0, from: 10)])
        plan.fetched([], line: 0, isEnd: true)
        plan.confirmed(nil, line: 0)
        #expect(plan.next() == nil)
        #expect(plan.position == 20)
    }

    @Test func whatTheLeaderKnowsAndTheReplicaDoesNotIsRead() {
        var plan = ReadPlan<Int>(lines: 1, after: 0, upTo: 20)
        plan.fetched(found(2), line: 0, isEnd: true)
        #expect(plan.next()?.sequence == 2)
        #expect(plan.needs == [.confirm(line: 0, from: 3)])
        plan.confirmed(found(6).first, line: 0)
        #expect(plan.next()?.sequence == 6)
        #expect(plan.needs == [.fetch(line: 0, from: 7)])
    }

    @Test func whatStandsBehindTheEndIsTheWindows() {
        var plan = ReadPlan<Int>(lines: 2, after: 0, upTo: 20)
        plan.fetched(found(4, 22), line: 0, isEnd: false)
        plan.fetched(found(25), line: 1, isEnd: false)
        #expect(plan.next()?.sequence == 4)
        #expect(plan.needs.isEmpty)
        #expect(plan.next() == nil)
        #expect(plan.position == 20)
    }

    /// Replicas that know less than the leader, batches of any size.
    @Test func nothingIsMissedAndNothingComesTwice() {
        var random = SeededGenerator(test: "a read plan misses nothing")
        for _ in 0..<500 {
            let end = Position.random(in: 0...60, using: &random)
            let lines = (0..<Int.random(in: 1...4, using: &random)).map { _ in [Position]() }
            var all = lines
            for sequence in Position(1)...80 {
                let line = Int.random(in: 0..<(2 * lines.count), using: &random)
                if line < lines.count { all[line].append(sequence) }
            }
            let after = Position.random(in: 0...end, using: &random)
            var plan = ReadPlan<Int>(lines: lines.count, after: after, upTo: end)
            var read: [Position] = []
            var rounds = 0
            while rounds < 1000 {
                rounds += 1
                let needs = plan.needs
                guard !needs.isEmpty else {
                    guard let next = plan.next() else { break }
                    read.append(next.sequence)
                    continue
                }
                for need in needs {
                    switch need {
                    case .fetch(let line, let first):
                        let known = Position.random(in: 0...80, using: &random)
                        let there = all[line].filter { $0 >= first && $0 <= known }
                        let count = Int.random(in: 1...5, using: &random)
                        plan.fetched(
                            there.prefix(count).map { FoundMessage(sequence: $0, content: 0) }, line: line,
                            isEnd: there.count <= count)
                    case .confirm(let line, let first):
                        let next = all[line].first { $0 >= first }
                        plan.confirmed(next.map { FoundMessage(sequence: $0, content: 0) }, line: line)
                    }
                }
            }
            let expected = all.flatMap { $0 }.filter { $0 > after && $0 <= end }.sorted()
            #expect(read == expected, "SLUICE_SEED=\(random.seed)")
            #expect(plan.position == end)
        }
    }
}

@Suite struct SharedReadsTests {
    private func key(_ user: String) -> ReadKey {
        let epoch = Epoch("test") ?? { preconditionFailure("It is one.") }()
        return ReadKey(
            place: LoggedEventID(epoch: epoch, sequence: 1), interest: Interest(user: user), byteLimit: 1)
    }

    @Test func thoseWhoWaitForTheSameShareARead() {
        var reads = SharedReads<Int>(limit: 4)
        #expect(reads.add(1, for: key("alice")) == key("alice"))
        #expect(reads.add(2, for: key("alice")) == nil)
        #expect(reads.add(3, for: key("bob")) == key("bob"))
        #expect(reads.finish(key("alice")).waiters == [1, 2])
        #expect(reads.count == 1)
        #expect(reads.add(4, for: key("alice")) == key("alice"), "what was read is old")
    }

    @Test func fewAreUnderWayAndTheOthersComeInTheirOrder() {
        var reads = SharedReads<Int>(limit: 2)
        for (number, user) in ["a", "b", "c", "d"].enumerated() {
            let begins = reads.add(number, for: key(user))
            #expect(begins == (number < 2 ? key(user) : nil))
        }
        #expect(reads.add(4, for: key("d")) == nil)
        #expect(reads.finish(key("b")).next == key("c"))
        let (waiters, next) = reads.finish(key("a"))
        #expect(waiters == [0] && next == key("d"))
        #expect(reads.finish(key("c")).next == nil)
        #expect(reads.finish(key("d")).waiters == [3, 4])
        #expect(reads.count == 0)
    }

    @Test func allAreTakenAtTheEnd() {
        var reads = SharedReads<Int>(limit: 1)
        for (number, user) in ["a", "b", "b"].enumerated() { _ = reads.add(number, for: key(user)) }
        #expect(reads.removeAll().sorted() == [0, 1, 2])
        #expect(reads.finish(key("a")).waiters == [])
    }
}

/// Where the newest event is, when none of the newest messages is one.
@Suite struct HeadTests {
    @Test func itIsTheNewestOfAllKinds() {
        #expect(LogFollower.head([50_000, nil, 20_000, nil], above: 100, upTo: 100_000) == 50_000)
        #expect(LogFollower.head([nil, nil, nil, nil], above: 100, upTo: 100_000) == 100)
    }

    @Test func oneThatHasJustComeHidesTheOneBeforeIt() {
        #expect(LogFollower.head([110_001, nil, 20_000, nil], above: 100, upTo: 100_000) == nil)
    }
}
