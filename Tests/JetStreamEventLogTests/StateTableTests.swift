// Revocations and sessions as a node hears of them: by two streams, in one order.

import EventLog
import EventLogPromises
import NIOCore
import Synchronization
import Testing

@testable import JetStreamEventLog

@Suite struct StateTableTests {
    private let now = WallTime(milliseconds: 1_000_000)

    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    private func session(_ number: UInt8, seconds: Int64 = 60) -> KeptSession {
        .numbered(number, until: now.adding(seconds: seconds))
    }

    private func revocation(_ user: String) -> Revocation {
        Revocation(.user(user), issuedBefore: 1000, madeAt: now)
    }

    private func table() -> StateTable { StateTable(LogSettings(bytes: 1 << 20)) }

    @Test func whatHasComeIsToldWithItsNote() {
        var table = table()
        table.receive(.revocation(revocation("alice")), at: 4, at(0))
        table.receive(.session(session(1)), at: 5, at(0))
        #expect(table.revocations.count == 0)
        #expect(table.release(through: 3, now: now) == nil)
        #expect(table.release(through: 4, now: now) == StateNews(revocations: [revocation("alice")]))
        #expect(table.release(through: 9, now: now) == StateNews(sessions: SessionChange(kept: [session(1)])))
        #expect(table.told == 5)
        #expect(table.revocations.contains(.user("alice")))
    }

    @Test func withoutANoteItIsToldAfterAMoment() {
        var table = table()
        table.receive(.revocation(revocation("alice")), at: 4, at(0))
        table.receive(.revocation(revocation("bob")), at: 5, at(1))
        #expect(table.release(at(999), now) == nil)
        #expect(table.release(at(1000), now) == StateNews(revocations: [revocation("alice")]))
        #expect(table.release(through: 5, now: now) == StateNews(revocations: [revocation("bob")]))
    }

    @Test func whatWasWaitedForInVainIsNotExpectedUntilSomethingComes() {
        var table = table()
        table.receive(nil, at: 3, at(0))
        #expect(!table.isExpected(3))
        #expect(table.isExpected(480))
        table.waited(for: 480)
        #expect(!table.isExpected(481) && !table.isExpected(4))
        table.receive(nil, at: 4, at(1))
        #expect(table.isExpected(5))
        table.receive(nil, at: 5, at(2))
        table.waited(for: 5)
        #expect(table.isExpected(6), "it came while it was waited for")
    }

    @Test func aStreamMadeAnewCountsFromItsBeginning() {
        var table = table()
        table.receive(.revocation(revocation("alice")), at: 500, at(0))
        table.receive(.revocation(revocation("bob")), at: 501, at(0))
        _ = table.release(through: 500, now: now)
        #expect(table.restart(now: now) == StateNews(revocations: [revocation("bob")]))
        #expect(table.told == 0 && table.arrived == 0)
        #expect(table.revocations.contains(.user("alice")), "nothing is taken back")
        table.receive(.revocation(revocation("carol")), at: 3, at(1))
        #expect(table.arrived == 3 && table.told == 0)
        #expect(table.release(through: 3, now: now) == StateNews(revocations: [revocation("carol")]))
    }

    @Test func ofOneSessionTheLastWordCounts() {
        var table = table()
        table.receive(.session(session(1)), at: 1, at(0))
        table.receive(.forgotten(session(1).name), at: 2, at(0))
        #expect(table.release(through: 2, now: now) == nil, "it came and went")
        table.receive(.session(session(1)), at: 3, at(0))
        table.receive(.session(session(2)), at: 4, at(0))
        _ = table.release(through: 4, now: now)
        table.receive(.session(session(1, seconds: 5)), at: 5, at(0))
        table.receive(.forgotten(session(2).name), at: 6, at(0))
        let change = SessionChange(kept: [session(1, seconds: 5)], forgotten: [session(2).name])
        #expect(table.release(through: 6, now: now) == StateNews(sessions: change))
    }

    @Test func whatHasEndedIsNotTold() {
        var table = table()
        table.receive(.session(session(1, seconds: 0)), at: 1, at(0))
        let old = Revocation(.user("alice"), issuedBefore: -1 << 40, madeAt: WallTime(milliseconds: -1 << 50))
        table.receive(.revocation(old), at: 2, at(0))
        _ = table.release(through: 2, now: now)
        #expect(table.sessions.count == 0 && table.revocations.count == 0)
    }

    @Test func anothersRevocationHasItsPlaceHoweverManyThereAre() {
        var table = StateTable(
            LogSettings(bytes: 1 << 20, revocations: RevocationSettings(count: 1)))
        for (index, user) in ["alice", "bob", "carol"].enumerated() {
            table.receive(.revocation(revocation(user)), at: Position(index + 1), at(0))
        }
        _ = table.release(through: 3, now: now)
        #expect(table.revocations.count == 3)
    }

    @Test func aStreamThatIsReadAgainTakesBackWhatIsNotInItAnyMore() {
        var table = table()
        for number in UInt8(1)...2 { table.receive(.session(session(number)), at: Position(number), at(0)) }
        _ = table.release(through: 2, now: now)
        table.beginReload()
        table.receive(.session(session(2)), at: 2, at(0))
        table.receive(.session(session(3)), at: 7, at(0))
        #expect(table.endReload() == StateNews(sessions: SessionChange(forgotten: [session(1).name])))
        #expect(table.release(through: 7, now: now) == StateNews(sessions: SessionChange(kept: [session(3)])))
        #expect(table.endReload() == nil)
    }

    @Test func endsAreForgottenInSilence() {
        var table = table()
        table.receive(.session(session(1, seconds: 1)), at: 1, at(0))
        table.receive(.session(session(2, seconds: 9)), at: 2, at(0))
        _ = table.release(through: 2, now: now)
        #expect(table.expire(now.adding(seconds: 1), limit: 10).names == [session(1).name])
        #expect(table.sessions.count == 1)
    }

    // MARK: The records' bytes

    @Test func recordsComeOutAsTheyWentIn() {
        let content: [UInt8] = [0, 10, 13, 255, 34]
        let named = KeptSession(
            name: session(1).name, user: "\u{0}\"é\n", session: "sign in", endsAt: now, content: content)
        let targets: [Revocation.Target] = [.token("t\n"), .user(""), .everyone]
        let records: [StateRecord] =
            targets.map { .revocation(Revocation($0, issuedBefore: -5, madeAt: now)) }
            + [.session(named), .forgotten(named.name)]
        for record in records { #expect(StateRecord(payload: record.payload) == record) }
        let fresh = Epoch("new"), old = Epoch("old")
        guard let fresh, let old else { return }
        let epoch = EpochRecord(fresh, from: 9, created: "today", after: old)
        #expect(StateRecord(payload: epoch.payload, isEpoch: true) == .epoch(epoch))
        #expect(epoch.endsByEpoch == [old: 9])
        #expect(StateNote(payload: StateNote(state: 7).payload) == StateNote(state: 7))
        let asked = StateNote(state: 7, asked: EndQuestion(number: .max, asker: "node"))
        #expect(StateNote(payload: asked.payload)?.question == EndQuestion(number: .max, asker: "node"))
        #expect(StateNote(state: 7).question == nil)
    }

    @Test(arguments: [
        "", "\n", "{}", "{}\n", "{\"v\":2,\"everyone\":true,\"before\":1,\"made\":1}\n",
        "{\"v\":1,\"everyone\":true,\"made\":1}\n", "{\"v\":1,\"session\":\"00\",\"user\":\"a\",\"ends\":1}\n",
        "{\"v\":1,\"forgotten\":\"zz\"}\n", "[1]\n",
    ])
    func whatIsNoRecordIsNone(text: String) {
        #expect(StateRecord(payload: ByteBuffer(string: text)) == nil)
        #expect(StateNote(payload: ByteBuffer(string: text)) == nil)
    }

    @Test func olderEpochsEndNoLaterThanTheStreamWentBackTo() {
        let names = ["a", "b", "c"].compactMap { Epoch($0) }
        let first = EpochRecord(names[1], from: 50, created: "today", after: names[0])
        let second = EpochRecord(names[2], from: 30, created: "today", after: names[1], ends: first.ends)
        #expect(second.endsByEpoch == [names[0]: 30, names[1]: 30])
        let third = EpochRecord(names[0], from: 80, created: "today", after: names[2], ends: second.ends)
        #expect(third.endsByEpoch[names[2]] == 80)
    }

    @Test func aRevocationKeepsWhatTheStreamRevokesMore() {
        let more = Revocation(.user("alice"), issuedBefore: 2000, madeAt: now)
        let payload = StateRecord.revocation(more).payload
        #expect(revocation("alice").joined(with: payload) == more)
        #expect(more.joined(with: StateRecord.revocation(revocation("alice")).payload) == more)
        #expect(revocation("bob").joined(with: payload) == revocation("bob"))
        #expect(revocation("alice").joined(with: ByteBuffer(string: "?")) == revocation("alice"))
        #expect(revocation("alice").joined(with: nil) == revocation("alice"))
    }

    @Test func gravesAreTakenWhenTheirTimeHasCome() {
        var graves = Graves()
        graves.add("later", from: at(10))
        graves.add("now")
        #expect(graves.takeDue(at(9)) == "now")
        #expect(graves.takeDue(at(9)) == nil)
        #expect(graves.takeDue(at(10)) == "later")
        #expect(graves.takeDue(at(10)) == nil)
    }

    @Test func gravesAreNotMoreThanTheirLimit() {
        var graves = Graves()
        for _ in 0..<(Graves.limit - 1) { graves.add("due") }
        graves.add("later", from: at(10))
        graves.add("too many")
        graves.add("too many", from: at(10))
        #expect(!graves.isEmpty(at(1)))
        var taken: [String: Int] = [:]
        while let subject = graves.takeDue(at(10)) { taken[subject, default: 0] += 1 }
        #expect(taken == ["due": Graves.limit - 1, "later": 1])
        #expect(graves.isEmpty(at(10)))
        graves.add("later", from: at(20))
        #expect(graves.isEmpty(at(10)) && !graves.isEmpty(at(20)))
    }

    @Test func whatCouldNotBeTakenOutIsTriedAgainBehindTheOthers() {
        var graves = Graves()
        for number in 0..<3 { graves.add("\(number)") }
        if let first = graves.takeDue(at(1)) { graves.add(first) }
        #expect((0..<4).map { _ in graves.takeDue(at(1)) } == ["1", "2", "0", nil])
    }

    /// Of a log that is closed nobody waits for the state, whatever it lacks.
    @Test func theEndAnswersWhoeverWaitsForTheState() async throws {
        let epoch = try #require(Epoch("a"))
        let table = table()
        await withCheckedContinuation { continuation in
            var state = LogFollower.State(
                epoch: epoch, created: "today", window: EventWindow(byteLimit: 1, after: 0), floor: 0, bytes: 0,
                table: table)
            state.stateWaiters.append(
                LogFollower.StateWaiter(isForTelling: true, sequence: 5, until: at(100), continuation: continuation))
            #expect(state.takeReady(at(1)).isEmpty)
            state.isClosed = true
            let ready = state.takeReady(at(1))
            #expect(ready.count == 1 && state.stateWaiters.isEmpty)
            ready.forEach { $0.continuation.resume() }
        }
    }
}

@Suite struct OrderLineTests {
    private let start = ContinuousClock.now
    private let order = OrderLine.Order.revoke(
        Revocation(.everyone, issuedBefore: 1000, madeAt: WallTime(milliseconds: 1_000_000)))

    @Test func anOrderHasUntilItsDeadlineToBegin() async throws {
        let line = OrderLine(patience: .seconds(10))
        line.add(order, isCutOff: false, now: start) { _ in }
        line.close()
        var entries = line.entries.makeAsyncIterator()
        let entry = try #require(await entries.next())
        #expect(entry.refusal(isCutOff: false, now: start + .milliseconds(9_999)) == nil)
        let late = try #require(entry.refusal(isCutOff: false, now: start + .seconds(10)))
        #expect(late.code == .unavailable && late.retrySeconds == 1)
        #expect(entry.refusal(isCutOff: true, now: start)?.code == .unavailable)
    }

    @Test func whileTheLogIsCutOffAnOrderIsRefusedAtOnce() async {
        let line = OrderLine(patience: .seconds(10))
        let refused = Mutex<[EventLogError.Code]>([])
        line.add(order, isCutOff: true, now: start) { result in
            if case .failure(let error) = result { refused.withLock { $0.append(error.code) } }
        }
        #expect(refused.withLock { $0 } == [.unavailable])
        line.close()
        var entries = line.entries.makeAsyncIterator()
        #expect(await entries.next() == nil)
    }
}

@Suite struct StateContactTests {
    private let start = ContinuousClock.now

    @Test func anAnswerWithoutAConsumerIsNoContact() {
        var contact = StateContact(start)
        contact.looked(isCurrent: true, start + .seconds(60))
        contact.looked(isCurrent: false, start + .seconds(420))
        #expect(contact.isTooOld(start + .seconds(421)))
        #expect(!contact.isTooOld(start + .seconds(360)))
    }

    @Test func messagesAreContact() {
        var contact = StateContact(start)
        contact.heard(start + .seconds(400))
        #expect(!contact.isTooOld(start + .seconds(700)))
        #expect(contact.isTooOld(start + .seconds(701)))
    }
}
