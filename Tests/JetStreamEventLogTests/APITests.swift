// JetStream's API as values: what is asked, and how answers of both versions of the server are read.

import EventLog
import NATSClient
import NIOCore
import SeededRandom
import Testing

@testable import JetStreamEventLog

@Suite struct APITests {
    private func answer<Answer>(_ text: String, to request: APIRequest<Answer>) throws -> Answer {
        try request.answer(in: ByteBuffer(string: text))
    }

    private func body<Answer>(_ request: APIRequest<Answer>) -> String { String(decoding: request.body, as: UTF8.self) }

    /// As nats-server 2.9.10 has answered, shortened.
    private let info = """
        {"type":"io.nats.jetstream.api.v1.stream_info_response","total":0,"offset":0,"limit":0,
        "config":{"name":"sluice","subjects":["sluice.e.\\u003e"],"retention":"limits","max_consumers":-1,
        "max_msgs":1000,"max_bytes":-1,"max_age":60000000000,"max_msgs_per_subject":-1,"max_msg_size":900,
        "discard":"old","storage":"file","num_replicas":3,"duplicate_window":120000000000,"allow_direct":true,
        "mirror_direct":false,"sealed":false,"deny_delete":true,"deny_purge":false,"allow_rollup_hdrs":false},
        "created":"2026-11-27T19:25:33.5Z","state":{"messages":2,"bytes":170,"first_seq":4,
        "first_ts":"2026-11-27T19:25:33Z","last_seq":5,"last_ts":"2026-11-27T19:25:33Z","consumer_count":0},
        "cluster":{"name":"c","leader":"n1","replicas":[{"name":"n2","current":true,"active":0}]}}
        """

    @Test func aStreamsInfoIsRead() throws {
        let info = try answer(info, to: .info(of: "sluice"))
        #expect(info.created == "2026-11-27T19:25:33.5Z" && info.leader == "n1")
        #expect(info.config.subjects == ["sluice.e.>"] && info.config.maxAge == 60_000_000_000)
        #expect(info.config.allowsDirect && info.config.deniesDelete && !info.config.isFed)
        #expect(info.contents.firstSequence == 4 && info.contents.lastSequence == 5 && info.contents.messages == 2)
    }

    /// What the server said goes back to it as it was; what is ours beside it does not.
    @Test func aBackupsHeadIsReadAsItWasWrittenAndAsksForTheSameStream() throws {
        let said = info.replacing(#""total":0,"offset":0,"limit":0,"#, with: "")
        var head = try answer(said, to: .snapshot(of: "sluice", to: "_INBOX.a"))
        #expect(head.stream == "sluice" && head.last == 5 && head.messages == 2 && head.bytes == 170)
        (head.epoch, head.ends) = (Epoch("abcdefgh"), [EpochEnd(epoch: "ijklmnop", end: 3)])
        #expect(BackupHead(reading: head.json) == head)
        let request = body(.restore(head))
        #expect(request.contains(#""config":{"name":"sluice","#) && request.contains(#""state":{"messages":2,"#))
        #expect(!request.contains("epoch") && !request.contains("ends"))
        for text in ["", "{}", "[]", #"{"config":{},"state":{}}"#, #"{"config":{"name":"sluice"}}"#] {
            #expect(BackupHead(reading: Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func whatIsWrittenOfAStreamIsReadAsTheSame() throws {
        let config = JetStreamSettings(stream: "a", replicas: 3, limits: LogSettings(bytes: 1 << 20)).eventsConfig
        #expect(try StreamConfig(json: APIRequest.create(config).body) == config)
    }

    @Test func aRefusalIsAnErrorWithItsCode() throws {
        let text = #"{"type":"x","error":{"code":404,"err_code":10059,"description":"stream not found"}}"#
        #expect {
            try answer(text, to: .info(of: "a"))
        } throws: { error in
            (error as? JetStreamError)?.refusal == .streamNotFound
        }
    }

    @Test(arguments: ["", "[]", "{", #"{"seq":"a"}"#, #"{"seq":-1}"#, #"{"seq":0}"#, #"{"stream":"a"}"#, "\u{0}"])
    func anAcknowledgementThatIsNoneLeavesTheOutcomeUnknown(text: String) throws {
        #expect {
            try PublishAck(ByteBuffer(string: text))
        } throws: { error in
            (error as? JetStreamError)?.isOutcomeUnknown == true
        }
    }

    @Test func anAcknowledgementIsRead() throws {
        let ack = try PublishAck(ByteBuffer(string: #"{"stream":"a", "seq":7,"duplicate": true,"domain":"hub"}"#))
        #expect(ack == PublishAck(stream: "a", sequence: 7, isDuplicate: true))
    }

    /// What servers write nearly always is read without JSON, and is the same.
    @Test(arguments: [
        #"{"stream":"a-B_9","seq":7}"#, #"{"stream":"a-B_9", "seq":7}"#,
        #"{"stream":"a-B_9", "seq":999999999999999999}"#,
    ])
    func aPlainAcknowledgementIsReadAlike(text: String) throws {
        let plain = try #require(Array(text.utf8).withUnsafeBytes { PublishAck(plain: $0) })
        #expect(try plain == PublishAck(json: Array(text.utf8)))
        #expect(plain.stream == "a-B_9" && plain.sequence >= 7 && !plain.isDuplicate)
    }

    @Test(arguments: [
        #"{"stream":"a","seq":7,"duplicate":true}"#, #"{"stream":"a","seq":7,"domain":"d"}"#, #"{"seq":7}"#,
        #"{"stream":"a","seq":07}"#, #"{"stream":"a","seq":0}"#, #"{"stream":"a","seq":}"#, #"{"stream":"a","seq":7"#,
        #"{"stream":"a","seq":7}}"#, #"{"stream":"a\u0062","seq":7}"#, #"{"stream":"a","seq":9999999999999999999}"#,
        #"{"stream":"a","seq":-7}"#, #"{"stream":"a","seq":7.0}"#, #"{"error":{"code":503}}"#, "", "}",
    ])
    func whatIsNoPlainAcknowledgementIsLeftToJSON(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { PublishAck(plain: $0) } == nil)
    }

    @Test func aLeadersMessageIsRead() throws {
        // NATS/1.0 CR LF Nats-Msg-Id: 7 CR LF CR LF
        let text = """
            {"message":{"subject":"a.b","seq":9,"hdrs":"TkFUUy8xLjANCk5hdHMtTXNnLUlkOiA3DQoNCg==","data":"aGVsbG8=",
            "time":"2026-11-27T19:25:33.000000009Z"}}
            """
        let message = try answer(text, to: .message(.sequence(9), of: "a")).message
        #expect(message.subject == "a.b" && message.sequence == 9 && message.messageID == "7")
        #expect(message.payload == ByteBuffer(string: "hello"))
        #expect(message.time.nanoseconds % 1_000_000_000 == 9)
    }

    @Test func whichMessageIsMeantIsSaid() {
        #expect(body(.message(.sequence(9), of: "a")) == #"{"seq":9}"#)
        #expect(body(.message(.next(9, subject: "a.*"), of: "a")) == #"{"seq":9,"next_by_subj":"a.*"}"#)
        #expect(body(.message(.last(subject: "a.b"), of: "a")) == #"{"last_by_subj":"a.b"}"#)
        let direct = DirectGet(.next(1, subject: "a.>"), of: "a", batch: 5, bytes: 100)
        #expect(direct.subject == "$JS.API.DIRECT.GET.a")
        #expect(
            String(decoding: direct.body, as: UTF8.self)
                == #"{"seq":1,"next_by_subj":"a.>","batch":5,"max_bytes":100}"#)
    }

    @Test func aDirectAnswerSaysWhereItStood() throws {
        let header = """
            NATS/1.0\r\nNats-Stream: a\r\nNats-Subject: a.b\r\nNats-Sequence: 9\r\n\
            Nats-Time-Stamp: 2026-11-27T19:25:33Z\r\n\r\n
            """
        let subject = try Subject("_INBOX.1")
        func message(_ header: String) -> Message {
            Message(subject: subject, headerBlock: ByteBuffer(string: header), payload: ByteBuffer(string: "x"))
        }
        let found = try #require(try StoredMessage(direct: message(header)))
        #expect(found.sequence == 9 && found.subject == "a.b" && found.payload == ByteBuffer(string: "x"))
        #expect(try StoredMessage(direct: message("NATS/1.0 404 Message Not Found\r\n\r\n")) == nil)
        #expect(throws: JetStreamError.self) {
            try StoredMessage(direct: message("NATS/1.0 408 Bad Request\r\n\r\n"))
        }
        #expect(throws: JetStreamError.self) { try StoredMessage(direct: message("NATS/1.0\r\n\r\n")) }
    }

    @Test func whatALogsCallersAreTold() {
        func code(_ cause: JetStreamError.Cause) -> EventLogError.Code {
            JetStreamError(cause, of: "publish").eventLogError.code
        }
        #expect(code(.client(NATSError(.full, ""))) == .busy)
        #expect(code(.client(NATSError(.noResponders, ""))) == .unavailable)
        #expect(code(.refused(Refusal(.storageResources))) == .full)
        #expect(code(.refused(Refusal(.storeFailed))) == .full)
        #expect(code(.refused(Refusal(.streamNotFound))) == .unavailable)
    }

    @Test(arguments: [NATSError.Code.outcomeUnknown, .timeout])
    func whatMayHaveArrivedIsToldApart(code: NATSError.Code) {
        #expect(JetStreamError(.client(NATSError(code, "")), of: "publish").isOutcomeUnknown)
        #expect(!JetStreamError(.client(NATSError(.noResponders, "")), of: "publish").isOutcomeUnknown)
        #expect(!JetStreamError(.refused(Refusal(.notLeader)), of: "publish").isOutcomeUnknown)
    }

    @Test func noAnswerIsATrap() {
        var random = SeededGenerator(test: "noAnswerIsATrap")
        for _ in 0..<3000 {
            var bytes = Array(info.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...9, using: &random))
            _ = try? APIRequest.info(of: "a").answer(in: ByteBuffer(bytes: bytes))
        }
    }
}

/// What the server's JSON has of a message's bytes.
@Suite struct StoredBytesTests {
    private func payload(_ text: String) throws -> ByteBuffer {
        let answer = #"{"message": {"seq": 7, "data": "\#(text)"}}"#
        return try APIRequest.message(.sequence(7), of: "a").answer(in: ByteBuffer(string: answer)).message.payload
    }

    @Test(arguments: zip(["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"], (0...6)))
    func theVectorsOfRFC4648(text: String, count: Int) throws {
        #expect(try payload(text) == ByteBuffer(string: String("foobar".prefix(count))))
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "=Zg=", "Z===", "====", "Zg=a", "Zm9v====", "Zm 9", "Zm9-"])
    func whatIsNoBase64IsRefused(text: String) { #expect(throws: JetStreamError.self) { try payload(text) } }
}

@Suite struct ServerTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-27T06:42:00.000000001Z", 1_795_761_720_000_000_001),
        ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000_000), ("1969-12-31T23:59:59Z", -1_000_000_000),
    ])
    func aTimeIsRead(text: String, nanoseconds: Int64) {
        #expect(ServerTime(text)?.nanoseconds == nanoseconds)
        #expect(ServerTime(text)?.wallTime.description.prefix(19) == text.prefix(19))
    }

    @Test(arguments: [
        "", "2026-11-27", "2026-11-27T06:42:00", "2026-11-27T06:42:00+01:00", "2026-13-27T06:42:00Z",
        "2026-11-27T06:42:00.Z", "2026-11-27T06:42:00.1234567891Z", "9999-11-27T06:42:00Z", "2026-1a-27T06:42:00Z",
        "2026-11-27T06:42:00,5Z",
    ])
    func whatIsNoneIsNothing(text: String) { #expect(ServerTime(text) == nil) }
}
