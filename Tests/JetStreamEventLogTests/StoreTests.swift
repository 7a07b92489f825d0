// What the two streams have to be, what is said of one that is otherwise, and which epoch a log has.

import EventLog
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct StoreTests {
    private let settings = JetStreamSettings(
        stream: "sluice", replicas: 3, limits: LogSettings(bytes: 1 << 20, events: 9, seconds: 60, keySeconds: 30))

    @Test func theEventsStreamIsMadeFromTheSettings() {
        let config = settings.eventsConfig
        #expect(config.name == "sluice" && config.subjects == ["sluice.e.>"] && config.replicas == 3)
        #expect(config.maxBytes == 1 << 20 && config.maxMessages == 9)
        #expect(config.maxAge == 60_000_000_000 && config.duplicateWindow == 30_000_000_000)
        #expect(config.storage == "file" && config.discard == "old" && config.allowsDirect && config.deniesDelete)
    }

    @Test func theStateStreamForgetsNothing() {
        let config = settings.stateConfig
        #expect(config.name == "sluice_state" && config.subjects == ["sluice.s.>"])
        #expect(config.maxMessagesPerSubject == 1 && config.maxAge == 0 && config.maxBytes == -1)
    }

    @Test func aKeyIsNotKnownForLongerThanItsEvents() {
        var settings = settings
        settings.limits.keySeconds = 3600
        #expect(settings.eventsConfig.duplicateWindow == 60_000_000_000)
        settings.limits.seconds = .max
        settings.limits.keySeconds = .max
        #expect(settings.eventsConfig.duplicateWindow == .max)
    }

    private static let changes: [(String, @Sendable (inout StreamConfig) -> Void)] = [
        ("subjects", { $0.subjects = ["other.>"] }), ("storage", { $0.storage = "memory" }),
        ("retention", { $0.retention = "workqueue" }), ("discard", { $0.discard = "new" }),
        ("num_replicas", { $0.replicas = 1 }), ("max_bytes", { $0.maxBytes = 5 }),
        ("max_msgs", { $0.maxMessages = 5 }), ("max_age", { $0.maxAge = 5 }),
        ("max_msgs_per_subject", { $0.maxMessagesPerSubject = 5 }), ("duplicate_window", { $0.duplicateWindow = 5 }),
        ("max_msg_size", { $0.maxMessageBytes = 5 }), ("allow_direct", { $0.allowsDirect = false }),
        ("deny_delete", { $0.deniesDelete = false }), ("deny_purge", { $0.deniesPurge = true }),
        ("sealed", { $0.isSealed = true }), ("no_ack", { $0.hasNoAcks = true }),
        ("mirror or sources", { $0.isFed = true }),
    ]

    @Test(arguments: changes.indices)
    func eachSettingThatIsOtherwiseIsNamed(index: Int) {
        let (setting, change) = Self.changes[index]
        var found = settings.eventsConfig
        change(&found)
        let differences = settings.eventsConfig.differences(from: found)
        #expect(differences.map(\.setting) == [setting])
        #expect(differences.allSatisfy { !$0.advice.isEmpty && $0.wanted != $0.found })
    }

    @Test func whatRefusesNothingIsNoDifference() {
        var found = settings.eventsConfig
        #expect(settings.eventsConfig.differences(from: found).isEmpty)
        found.subjects.reverse()
        for bytes in [-1, found.maxMessageBytes + 1] {
            found.maxMessageBytes = bytes
            #expect(settings.eventsConfig.differences(from: found).isEmpty)
        }
    }
}

@Suite struct StoreEpochTests {
    private func epoch(_ created: String, _ record: EpochRecord? = nil) throws -> Epoch {
        try StoreEpoch.epoch(of: "sluice", created: created, record: record)
    }

    @Test func itIsTheSameForAllNodesAndAnotherForAStreamThatWasMadeAnew() throws {
        #expect(try epoch("2026-11-27T06:42:00Z") == epoch("2026-11-27T06:42:00Z"))
        #expect(try epoch("2026-11-27T06:42:00Z") != epoch("2026-11-27T06:42:01Z"))
        #expect(try epoch("2026").text.utf8.count == 8)
    }

    @Test func aRecordOfThisStreamCountsAndNoOther() throws {
        let later = try #require(Epoch("later"))
        #expect(try epoch("a", EpochRecord(later, from: 7, created: "a")) == later)
        #expect(try epoch("a", EpochRecord(later, from: 7, created: "b")) == epoch("a"))
        #expect(try epoch("a", EpochRecord()) == epoch("a"))
    }

    @Test func aRecordComesOutAsItWentIn() throws {
        let record = EpochRecord(try #require(Epoch("later")), from: 7, created: "a")
        #expect(EpochRecord(payload: record.payload) == record)
        for text in ["", "[]", "{\"epoch\":1}"] { #expect(EpochRecord(payload: ByteBuffer(string: text)) == nil) }
    }
}
