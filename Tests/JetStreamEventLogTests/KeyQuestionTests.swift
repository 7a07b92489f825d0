// What nodes ask each other of keyed messages that have left the log.

import EventLog
import NATSClient
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct KeyQuestionTests {
    private static let batch = String(repeating: "0a", count: 32)
    private static let digest = String(repeating: "1b", count: 32)

    @Test func aQuestionIsReadAsItIsWritten() throws {
        let question = try Self.question()
        let read = try #require(KeyQuestion(payload: question.payload))
        #expect(read == question && read.epoch == "now" && read.sequence == 7)
        #expect(read.name == Self.name && read.digest == Self.digest)
    }

    private static let name = "\(batch)/12"

    private static func question(
        of name: String = Self.name, _ digest: String = Self.digest
    ) throws -> KeyQuestion {
        KeyQuestion(of: name, digest, at: 7, in: try #require(Epoch("now")))
    }

    @Test func whoHasSeenItSaysWhetherItIsTheSameAndNotWhatItWas() throws {
        let entry = try #require(KeyBook.Entry(name: Self.name, digest: Self.digest, streams: 3))
        let same = try #require(KeyAnswer(entry, to: Self.question()))
        #expect(String(buffer: same.payload) == #"{"v":1,"same":true,"streams":3}"#)
        #expect(KeyAnswer(payload: same.payload)?.found(Self.digest) == .ours(digest: Self.digest, streams: 3))
        let other = try #require(KeyAnswer(entry, to: Self.question(of: Self.name + "~2", Self.batch)))
        #expect(KeyAnswer(payload: other.payload)?.found(Self.batch) == .ours(digest: nil, streams: 3))
    }

    @Test(arguments: ["\(batch)/13", "\(digest)/12", "", "12"])
    func ofAnotherMessageNothingIsSaid(name: String) throws {
        let entry = try #require(KeyBook.Entry(name: Self.name, digest: Self.digest, streams: 3))
        #expect(try KeyAnswer(entry, to: Self.question(of: name)) == nil)
    }

    @Test func nothingIsWrittenIntoAStreamForWhoMayOnlyAsk() throws {
        #expect(LogFollower.mayAnswer(to: try Subject("_INBOX.abc.1")))
        for subject in ["sluice.s.a", "$JS.API.STREAM.PURGE.sluice", "_INBOXES.a", "_R_.a"] {
            #expect(!LogFollower.mayAnswer(to: try Subject(subject)), "\(subject)")
        }
    }

    @Test(arguments: [
        "", "{}", #"{"v":2,"epoch":"now","sequence":7}"#, #"{"v":1,"epoch":7}"#, #"{"v":2,"same":true,"streams":1}"#,
        #"{"v":1,"same":"yes"}"#,
    ])
    func whatIsNoneIsPassedOver(text: String) {
        #expect(KeyAnswer(payload: ByteBuffer(string: text)).map { !$0.isSame } ?? true)
        #expect(KeyQuestion(payload: ByteBuffer(string: text)).map { $0.epoch.isEmpty } ?? true)
    }
}
