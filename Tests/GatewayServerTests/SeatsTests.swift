// Who has a place: what users can rely on, one rule at a time, and in long random sequences.

import NIOCore
import SeededRandom
import Testing

@testable import GatewayServer

@Suite struct SeatsTests {
    private static func seats(_ connections: Int, strangers: Int = .max, turnedAway: Int = 2) -> Seats {
        Seats(
            SeatLimits(
                connections: connections, strangers: strangers, turnedAway: turnedAway, strangerLifetime: .seconds(30)))
    }

    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(1000 + seconds) }

    /// Lets one in and has it show a good token.
    private static func seatUser(_ seats: inout Seats) -> Seats.ID? {
        guard case (.served(let id), _) = seats.admit(at: at(0)) else { return nil }
        _ = seats.becameKnown(id, at: at(0))
        return id
    }

    @Test func theOldestStrangerMakesWayForTheNewest() {
        var seats = Self.seats(4)
        #expect(seats.admit(at: Self.at(0)) == (.served(1), []))
        #expect(seats.admit(at: Self.at(1)) == (.served(2), []))
        #expect(seats.admit(at: Self.at(2)) == (.served(3), [.askToLeave(1)]))
        #expect(seats.counts == (users: 0, strangers: 2, turnedAway: 1))
    }

    @Test func strangersGiveWayWhereUsersNeedThePlaces() {
        var seats = Self.seats(3, strangers: 3)
        for _ in 0..<2 { #expect(Self.seatUser(&seats) != nil) }
        #expect(seats.admit(at: Self.at(1)) == (.served(3), []))
        #expect(seats.admit(at: Self.at(2)) == (.served(4), [.askToLeave(3)]))
        #expect(seats.becameKnown(4, at: Self.at(2)) == [])
        #expect(seats.counts == (users: 3, strangers: 0, turnedAway: 1))
    }

    @Test func whoIsTurnedAwayHoldsNoPlaceAndMakesWayForTheNext() {
        var seats = Self.seats(1)
        let user = Self.seatUser(&seats)
        for id in 2...3 as ClosedRange<UInt64> { #expect(seats.admit(at: Self.at(1)) == (.turnedAway(id), [])) }
        #expect(seats.admit(at: Self.at(1)) == (.turnedAway(4), [.cutOff(2)]))
        seats.closed(user ?? 0)
        #expect(seats.admit(at: Self.at(1)) == (.served(5), []))
    }

    @Test func whereNobodyIsToldOneTooManyIsRefused() {
        var seats = Self.seats(1, turnedAway: 0)
        _ = Self.seatUser(&seats)
        #expect(seats.admit(at: Self.at(0)) == (.refused, []))
    }

    @Test func aStrangersTimeIsOverWhateverItDoes() {
        var seats = Self.seats(10)
        _ = seats.admit(at: Self.at(0))
        _ = seats.admit(at: Self.at(10))
        #expect(seats.tick(at: Self.at(29)) == [])
        #expect(seats.tick(at: Self.at(30)) == [.askToLeave(1)])
        #expect(seats.tick(at: Self.at(31)) == [.cutOff(1)])
        #expect(seats.becameKnown(2, at: Self.at(31)) == [])
        #expect(seats.tick(at: Self.at(1000)) == [])
        #expect(seats.counts == (users: 1, strangers: 0, turnedAway: 0))
    }

    @Test func whoIsTurnedAwayLeavesSoon() {
        var seats = Self.seats(1)
        _ = Self.seatUser(&seats)
        _ = seats.admit(at: Self.at(5))
        #expect(seats.tick(at: Self.at(6)) == [])
        #expect(seats.tick(at: Self.at(7)) == [.cutOff(2)])
        #expect(seats.counts.turnedAway == 0)
    }

    @Test func aTokenThatComesWhileItLeavesIsStillGood() {
        var seats = Self.seats(2)
        _ = seats.admit(at: Self.at(0))
        #expect(seats.admit(at: Self.at(0)) == (.served(2), [.askToLeave(1)]))
        #expect(seats.becameKnown(1, at: Self.at(0)) == [])
        #expect(seats.tick(at: Self.at(20)) == [])
        #expect(seats.counts == (users: 1, strangers: 1, turnedAway: 0))
    }

    @Test func aListenerThatKnowsNobodyTakesTheNewest() {
        var seats = Seats(SeatLimits(strangers: 2))
        _ = seats.admit(at: Self.at(0))
        _ = seats.admit(at: Self.at(0))
        #expect(seats.admit(at: Self.at(0)) == (.served(3), [.cutOff(1)]))
        #expect(seats.tick(at: Self.at(1_000_000)) == [])
    }

    /// Against a model that knows only the promises: never more than the limits, a stranger always gets in while users
    /// leave a place, and no user is ever sent away.
    @Test(arguments: 0..<40 as Range<UInt64>) func promisesHoldInRandomSequences(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limits = SeatLimits(
            connections: .random(in: 1...12, using: &random), strangers: .random(in: 1...12, using: &random),
            turnedAway: .random(in: 0...4, using: &random), strangerLifetime: .seconds(30))
        var seats = Seats(limits)
        var (open, users, now) = (Set<Seats.ID>(), Set<Seats.ID>(), Int64(0))
        func check(_ actions: [Seats.Action]) {
            for case .cutOff(let id) in actions {
                #expect(!users.contains(id))
                open.remove(id)
            }
            for case .askToLeave(let id) in actions { #expect(!users.contains(id)) }
        }
        for _ in 0..<500 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let (admission, actions) = seats.admit(at: Self.at(now))
                if case .served(let id) = admission { open.insert(id) }
                if case .turnedAway(let id) = admission { open.insert(id) }
                if users.count < limits.connections {
                    guard case .served = admission else {
                        Issue.record("a place is free, and is not given")
                        return
                    }
                }
                check(actions)
            case 5..<7:
                guard let id = open.sorted().randomElement(using: &random) else { continue }
                let before = seats.counts.users
                check(seats.becameKnown(id, at: Self.at(now)))
                if seats.counts.users > before { users.insert(id) }
            case 7..<9:
                guard let id = open.sorted().randomElement(using: &random) else { continue }
                seats.closed(id)
                open.remove(id)
                users.remove(id)
            default:
                now += .random(in: 0...20, using: &random)
                check(seats.tick(at: Self.at(now)))
            }
            let counts = seats.counts
            #expect(counts.users == users.count)
            #expect(counts.users + counts.strangers <= limits.connections)
            #expect(counts.strangers <= limits.strangers && counts.turnedAway <= limits.turnedAway)
            #expect(counts.users + counts.strangers + counts.turnedAway == open.count)
        }
    }
}

@Suite struct AgeQueueTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func theOldestThatIsStillThereComesFirst() {
        var queue = AgeQueue()
        for id in 1...4 as ClosedRange<UInt64> { queue.append(id, at: Self.at(Int64(id))) }
        #expect([1, 1, 3].map { queue.remove($0) } == [true, false, true])
        #expect(queue.popOldest(arrivedBy: Self.at(1)) == nil)
        #expect(queue.popOldest(arrivedBy: Self.at(2)) == 2)
        #expect(queue.popOldest() == 4)
        #expect(queue.popOldest() == nil && queue.isEmpty)
    }

    /// The oldest stays for ever, and what leaves behind it leaves nothing.
    @Test func whoHasLeftIsForgotten() {
        var queue = AgeQueue()
        queue.append(0, at: Self.at(0))
        for id in 1...10_000 as ClosedRange<UInt64> {
            queue.append(id, at: Self.at(1))
            _ = queue.remove(id)
        }
        #expect(queue.count == 1 && queue.entries < 32)
    }
}
