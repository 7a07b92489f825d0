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
        ("mirror or sources", { $0.isFed = true }), ("subject_transform", { $0.hasTransform = true }),
        ("republish", { $0.isRepublished = true }), ("persist_mode", { $0.persistence = "async" }),
        ("allow_msg_counter", { $0.isCounter = true }), ("max_consumers", { $0.maxConsumers = 1 }),
        ("consumer_limits.max_ack_pending", { $0.consumerPending = 1 }),
        ("consumer_limits.inactive_threshold", { $0.consumerSilence = 1_000_000 }),
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

    /// While a gateway runs: an operator may give a stream more room, and then all gateways, one after the other.
    @Test func onlyWhatMakesAnEventLessSafeEndsPublishing() {
        let breaking = Self.changes.filter { _, change in
            var found = settings.eventsConfig
            change(&found)
            return settings.eventsConfig.differences(from: found).contains(where: \.breaksPromise)
        }
        #expect(
            Set(breaking.map(\.0)) == [
                "subjects", "storage", "retention", "num_replicas", "no_ack", "mirror or sources", "subject_transform",
                "republish", "persist_mode", "allow_msg_counter",
            ])
        var more = settings.eventsConfig
        more.replicas = 5
        let raised = settings.eventsConfig.differences(from: more).filter(\.breaksPromise)
        #expect(raised.isEmpty)
    }

    /// As a server of 2.15 writes them.
    @Test func theyAreReadFromTheServersWords() throws {
        let json = #"""
            {"name":"s","subject_transform":{"src":"a.>","dest":"b.>"},"republish":{"src":">","dest":"c.>"},
            "persist_mode":"async","max_consumers":1,"consumer_limits":{"inactive_threshold":7,"max_ack_pending":8},
            "allow_msg_counter":true,"metadata":{"_nats.level":"2"}}
            """#
        let config = try StreamConfig(json: Array(json.utf8))
        #expect(config.hasTransform && config.isRepublished && config.isCounter && config.persistence == "async")
        #expect(config.maxConsumers == 1 && config.consumerSilence == 7 && config.consumerPending == 8)
        let plain = try StreamConfig(json: Array(#"{"republish":null}"#.utf8))
        #expect(!plain.isRepublished)
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
    @Test func aRecordComesOutAsItWentIn() throws {
        let record = EpochRecord(try #require(Epoch("later")), from: 7, created: "a")
        #expect(EpochRecord(payload: record.payload) == record)
        #expect(record.name?.text == "later")
        for text in ["", "[]", "{\"epoch\":1}"] { #expect(EpochRecord(payload: ByteBuffer(string: text)) == nil) }
        #expect(EpochRecord(payload: ByteBuffer(string: #"{"epoch":"no name"}"#))?.name == nil)
    }
}
