// What a tail does about consumers, by the numbers of messages, the leader's word and the clock.

import EventLog
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct TailMachineTests {
    private let time = WallTime(milliseconds: 7000)

    private func look(_ last: Position, floor: Position = 0, created: String = "today") -> StreamLook {
        StreamLook(created: created, floor: floor, last: last)
    }

    private func message(_ sequence: Position, number: UInt64) -> ConsumerPlace {
        ConsumerPlace(sequence: sequence, number: number, storedAt: ServerTime(nanoseconds: Int64(sequence)))
    }

    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    /// A tail that has had ten messages of ten, by a consumer that began behind the fifth.
    private func current(hasHoles: Bool = false) -> TailMachine {
        var rules = TailRules()
        rules.hasHoles = hasHoles
        var machine = TailMachine(rules, after: 5)
        #expect(machine.looked(look(10)) == .same)
        machine.opened(at(0))
        for number in UInt64(1)...5 {
            #expect(machine.received(message(5 + number, number: number), at(0)) == .take)
        }
        return machine
    }

    @Test func itIsCurrentWhenItHasWhatTheLeaderTold() {
        var machine = TailMachine(after: 5)
        #expect(!machine.isCurrent)
        #expect(machine.looked(look(6)) == .same)
        machine.opened(at(0))
        #expect(!machine.isCurrent)
        #expect(machine.received(message(6, number: 1), at(0)) == .take)
        #expect(machine.isCurrent)
    }

    @Test func aMessageThatIsMissingInTheConsumersCountingNeedsAnotherConsumer() {
        var machine = current()
        #expect(machine.received(message(12, number: 7), at(1)) == .renew)
        #expect(machine.place == 10)
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(12)) == .same)
        machine.opened(at(2))
        #expect(machine.received(message(11, number: 1), at(2)) == .take)
        #expect(machine.received(message(12, number: 2), at(2)) == .take)
        #expect(machine.isCurrent)
    }

    @Test func aHeartbeatThatTellsOfMoreThanHasComeNeedsAnotherConsumer() {
        var machine = current()
        #expect(machine.heard(number: 5, at(1)) == true)
        #expect(machine.heard(number: nil, at(1)) == true)
        #expect(machine.heard(number: 6, at(1)) == false)
    }

    @Test func silenceNeedsAnotherConsumer() {
        var machine = current()
        #expect(machine.ticked(at(3499)) == .nothing)
        #expect(machine.heard(number: 5, at(3499)) == true)
        #expect(machine.ticked(at(6998)) == .nothing)
        #expect(machine.ticked(at(6999)) == .renew)
    }

    @Test func lossIsToldOnceAfterAWhileAndUntoldWhenAllIsThere() {
        var machine = current()
        _ = machine.lost(at(100), time, chance: 0)
        #expect(machine.ticked(at(1099)) == .nothing)
        #expect(machine.ticked(at(1100)) == .interrupted(since: time))
        #expect(machine.ticked(at(5000)) == .nothing)
        _ = machine.lost(at(5000), WallTime(milliseconds: 9000), chance: 0)
        #expect(machine.looked(look(12)) == .same)
        machine.opened(at(6000))
        #expect(machine.received(message(11, number: 1), at(6000)) == .take)
        #expect(machine.ticked(at(6000)) == .nothing)
        #expect(machine.received(message(12, number: 2), at(6001)) == .take)
        #expect(machine.ticked(at(6001), mayResume: false) == .nothing, "not all of it has been told")
        #expect(machine.ticked(at(6001)) == .resumed)
        #expect(machine.ticked(at(6001)) == .nothing)
    }

    @Test func aShortLossIsNotTold() {
        var machine = current()
        _ = machine.lost(at(100), time, chance: 0)
        #expect(machine.looked(look(10)) == .same)
        machine.opened(at(200))
        #expect(machine.ticked(at(2000)) == .nothing)
        #expect(machine.isCurrent)
    }

    @Test func aConsumerThatLagsBehindTheLeaderIsTold() {
        var machine = current()
        #expect(machine.compared(look(11), asked: 10, at(100), time) == true)
        #expect(machine.heard(number: 5, at(1000)) == true, "the consumer is heard of")
        #expect(machine.ticked(at(1100)) == .interrupted(since: time))
        #expect(machine.received(message(11, number: 6), at(1200)) == .take)
        #expect(machine.ticked(at(1200)) == .resumed)
    }

    @Test func aLeaderThatDoesNotAnswerIsToldAndOnlyItsAnswerUntellsIt() {
        var machine = current()
        machine.lookFailed(at(100), time)
        #expect(machine.ticked(at(1100)) == .interrupted(since: time))
        #expect(machine.received(message(11, number: 6), at(1200)) == .take)
        #expect(machine.ticked(at(1200)) == .nothing)
        #expect(machine.compared(look(11), asked: 11, at(1300), time) == true)
        #expect(machine.ticked(at(1300)) == .resumed)
    }

    @Test func aHoleIsToldBeforeTheMessageBehindIt() {
        var machine = current()
        #expect(machine.received(message(15, number: 6), at(1)) == .takeBehind(14))
    }

    @Test func messagesThatRetentionHasTakenAreTold() {
        var machine = current()
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(30, floor: 20)) == .overtaken(20))
        #expect(machine.place == 20)
    }

    /// Who tells of it may fail before the consumer is made.
    @Test func whatRetentionHasTakenIsFoundUntilAConsumerFollows() {
        var machine = current()
        for _ in 0..<2 {
            _ = machine.lost(at(1), time, chance: 0)
            #expect(machine.looked(look(30, floor: 20)) == .overtaken(20))
        }
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(30, floor: 25)) == .overtaken(25))
        machine.opened(at(2))
        _ = machine.lost(at(3), time, chance: 0)
        #expect(machine.looked(look(30, floor: 25)) == .same)
    }

    @Test func whatRetentionHadTakenOfAnotherStreamIsNoMatter() {
        var machine = current()
        #expect(machine.looked(look(30, floor: 20)) == .overtaken(20))
        machine.restart(after: 3, created: "later")
        #expect(machine.looked(look(9, created: "later")) == .same)
    }

    /// Another node has begun an epoch while this one's consumer was being made.
    @Test func aDoubtThatComesBehindTheLeadersWordNeedsAnotherConsumer() {
        var machine = current()
        _ = machine.lost(at(1), time, chance: 0)
        machine.asks()
        #expect(machine.looked(look(10)) == .same)
        machine.doubted()
        #expect(machine.opened(at(2)) == false)
        #expect(!machine.isCurrent)
        machine.asks()
        #expect(machine.looked(look(10)) == .same)
        #expect(machine.opened(at(3)) == true)
        #expect(machine.isCurrent)
    }

    @Test func aPurgeIsNoticedThoughNothingComes() {
        var machine = current()
        #expect(machine.compared(look(10, floor: 10), asked: 10, at(1), time) == true, "what was there has been told")
        #expect(machine.compared(look(11, floor: 11), asked: 10, at(1), time) == false)
    }

    @Test func aStreamThatEndsBeforeThePlaceWentBack() {
        var machine = current()
        #expect(machine.compared(look(9), asked: 10, at(1), time) == false)
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(9)) == .wentBack(9))
        machine.restart(after: 9, created: "today")
        #expect(machine.looked(look(9)) == .same)
        machine.opened(at(2))
        #expect(machine.isCurrent)
    }

    @Test func anAnswerThatWasOvertakenByMessagesIsNoStepBack() {
        var machine = current()
        #expect(machine.received(message(11, number: 6), at(1)) == .take)
        #expect(machine.compared(look(10), asked: 10, at(2), time) == true)
        #expect(machine.isCurrent)
    }

    @Test func theLeadersAnswerAloneMakesNoTailCurrent() {
        var machine = current()
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.compared(look(10), asked: 10, at(2), time) == true)
        #expect(!machine.isCurrent)
    }

    /// What comes in the place of a message that has come.
    private func another(_ sequence: Position, number: UInt64) -> ConsumerPlace {
        ConsumerPlace(sequence: sequence, number: number, storedAt: ServerTime(nanoseconds: 77))
    }

    @Test func aMessageThatComesAgainIsSkippedAndAnotherInItsPlaceIsNot() {
        var machine = current()
        #expect(machine.received(message(9, number: 6), at(1)) == .skip)
        #expect(machine.received(another(9, number: 7), at(1)) == .renew)
        #expect(machine.recent.lost?.sequence == 9)
        #expect(machine.place == 10)
        machine.settled(machine.recent.lost)
        #expect(machine.recent.lost == nil)
    }

    @Test func aMessageThatTheLeaderHasAnotherInThePlaceOfNeedsAnotherConsumer() throws {
        var machine = current()
        let mark = try #require(machine.recent.newest)
        #expect(machine.compared(mark, storedAt: mark.storedAt, at(1), time) == true)
        #expect(machine.compared(mark, storedAt: nil, at(1), time) == true, "it is too old to be held")
        #expect(machine.received(message(11, number: 6), at(1)) == .take)
        #expect(machine.isCurrent)
        #expect(machine.compared(mark, storedAt: ServerTime(nanoseconds: 77), at(2), time) == false)
        #expect(!machine.isCurrent)
        #expect(machine.recent.lost == mark)
    }

    @Test func aStreamThatWentBackKeepsTheMarksOfWhatItHas() {
        var machine = current()
        machine.restart(after: 8, created: "today")
        #expect(machine.recent.marks.map(\.sequence) == [6, 7, 8])
        machine.restart(after: 8, created: "later")
        #expect(machine.recent.newest == nil)
    }

    @Test func onlyTheNewestMarksAreKept() {
        var recent = RecentPlaces()
        for sequence in Position(1)...100 { recent.add(message(sequence, number: sequence)) }
        #expect(recent.marks.map(\.sequence) == Array(37...100))
    }

    @Test func aStreamOfTheSameNameIsAnother() {
        var machine = current()
        #expect(machine.compared(look(100, created: "later"), asked: 10, at(1), time) == false)
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(100, created: "later")) == .madeAnew)
    }

    @Test func whereMessagesGoFromTheMiddleAHoleIsNone() {
        var machine = current(hasHoles: true)
        #expect(machine.received(message(15, number: 6), at(1)) == .take)
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(30, floor: 20)) == .same)
        machine.opened(at(1))
        #expect(!machine.isCurrent)
        #expect(machine.received(message(30, number: 1), at(1)) == .take)
        #expect(machine.isCurrent)
    }

    @Test func theLeadersWordMakesNoMessageOneThatHasCome() {
        var machine = current(hasHoles: true)
        #expect(machine.compared(look(12), asked: 10, at(1), time) == true)
        #expect(machine.received(message(11, number: 6), at(1)) == .take, "sent before the twelfth was there")
        #expect(machine.place == 11)
        #expect(machine.received(message(12, number: 7), at(1)) == .take)
        #expect(machine.isCurrent)
    }

    @Test func aConsumerOnACopyThatLagsHasMoreToBring() {
        var machine = current(hasHoles: true)
        _ = machine.lost(at(1), time, chance: 0)
        #expect(machine.looked(look(12)) == .same)
        machine.opened(at(1))
        #expect(!machine.isCurrent)
        #expect(machine.reached == 10)
        #expect(machine.received(message(11, number: 1), at(2)) == .take)
        #expect(machine.received(message(12, number: 2), at(2)) == .take)
        #expect(machine.isCurrent)
    }

    @Test func whereTheNewestAreGoneThereIsNothingToWaitFor() {
        var machine = current(hasHoles: true)
        _ = machine.lost(at(1), time, chance: 0)
        var end = look(30)
        end.newest = 10
        #expect(machine.looked(end) == .same)
        machine.opened(at(1))
        #expect(machine.isCurrent)
        #expect(machine.place == 10)
        #expect(machine.reached == 30)
        end.newest = 12
        #expect(machine.compared(end, asked: 10, at(2), time) == true)
        #expect(!machine.isCurrent, "it was asked a moment later")
        #expect(machine.received(message(12, number: 1), at(2)) == .take)
        #expect(machine.reached == 30)
        #expect(machine.received(message(31, number: 2), at(3)) == .take)
        #expect(machine.reached == 31)
    }

    @Test func consumersThatAreLostOneAfterTheOtherAreNoTimeToChoose() {
        var machine = current()
        #expect(machine.isCalm)
        _ = machine.lost(at(0), time, chance: 1)
        #expect(machine.isCalm, "it was a good one")
        _ = machine.lost(at(0), time, chance: 1)
        #expect(!machine.isCalm)
        _ = machine.looked(look(10))
        machine.opened(at(0))
        #expect(machine.isCalm)
    }

    @Test func waitsGrowAndBeginAnewWhenAllWasThere() {
        var machine = current()
        #expect(machine.lost(at(0), time, chance: 1) == .milliseconds(100))
        #expect(machine.lost(at(0), time, chance: 1) == .milliseconds(200))
        #expect(machine.lost(at(0), time, chance: 0) == .milliseconds(200))
        for _ in 0..<20 { _ = machine.lost(at(0), time, chance: 1) }
        #expect(machine.lost(at(0), time, chance: 1) == .seconds(2))
        _ = machine.looked(look(10))
        machine.opened(at(0))
        #expect(machine.lost(at(0), time, chance: 1) == .milliseconds(100))
    }
}

@Suite struct ConsumerWordTests {
    @Test(arguments: [
        "$JS.ACK.S.c.1.42.7.1700000000000000001.3", "$JS.ACK.domain.hash.S.c.1.42.7.1700000000000000001.3",
        "$JS.ACK.domain.hash.S.c.1.42.7.1700000000000000001.3.random",
    ])
    func placesAreRead(text: String) {
        let place = ConsumerPlace(
            sequence: 42, number: 7, storedAt: ServerTime(nanoseconds: 1_700_000_000_000_000_001))
        #expect(ConsumerPlace(text) == place)
    }

    @Test(arguments: [
        "", "a", "$JS.ACK.S.c.1.42.7.1700000000000000001", "$JS.ACK.S.c.1.-42.7.1700000000000000001.3",
        "$JS.NAK.S.c.1.42.7.1700000000000000001.3", "$JS.ACK.S.c.1.99999999999999999999.7.1.3", "$JS.ACK.S.c.1..7.1.3",
    ])
    func whatIsNoPlaceIsNone(text: String) { #expect(ConsumerPlace(text) == nil) }
}
