import Foundation
import Testing

@testable import GatewayServer

/// What is known of reloads that were asked for, and what whoever waits makes of it.
@Suite struct ReloadRecordTests {
    private func record(process: Int32 = 7, asked: Int, done: Int, _ failures: [String] = []) -> ReloadRecord {
        var record = ReloadRecord(process: process)
        (record.asked, record.done, record.failures) = (asked, done, failures)
        return record
    }

    @Test func theReloadThatWasAskedForIsWaitedFor() {
        let before = record(asked: 2, done: 1)
        #expect(record(asked: 3, done: 1).outcome(since: before) == nil)
        // That was somebody else's, which was under way already.
        #expect(record(asked: 3, done: 2, ["wrong"]).outcome(since: before) == nil)
        #expect(record(asked: 3, done: 3).outcome(since: before) == .reloaded(awaitingRestart: []))
        #expect(record(asked: 4, done: 4, ["wrong"]).outcome(since: before) == .refused(["wrong"]))
    }

    @Test func anotherProcessHasReadTheConfigurationAtItsStart() {
        #expect(record(process: 8, asked: 0, done: 0).outcome(since: record(asked: 0, done: 0)) == .replaced)
    }

    @Test func oneReloadIsTheAnswerToAllThatWereAskedForBefore() {
        let journal = ReloadJournal()
        #expect(journal.pending == nil)
        journal.ask()
        journal.ask()
        #expect(journal.pending == 2)
        journal.ask()
        journal.isDone(2, failures: ["auth.keys: wrong"], awaitingRestart: ["listen.port"])
        #expect(journal.pending == 3, "asked for while it was under way")
        #expect(journal.record.failures == ["auth.keys: wrong"])
        #expect(journal.record.awaitingRestart.isEmpty, "nothing of it is in force")
        journal.isDone(3, failures: [], awaitingRestart: ["listen.port"])
        #expect(journal.pending == nil)
        #expect(journal.record.failures.isEmpty && journal.record.awaitingRestart == ["listen.port"])
    }

    @Test func theTextIsTheOneThatIsDescribed() throws {
        let text = try JSONEncoder().encode(record(asked: 1, done: 1, ["a"]))
        let members = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(Set(members.keys) == ["process", "asked", "done", "failures", "awaiting_restart"])
        #expect(try JSONDecoder().decode(ReloadRecord.self, from: text) == record(asked: 1, done: 1, ["a"]))
    }
}
