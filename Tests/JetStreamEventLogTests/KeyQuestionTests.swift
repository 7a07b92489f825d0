// What nodes ask each other of keyed messages that have left the log.

import EventLog
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct KeyQuestionTests {
    private static let batch = String(repeating: "0a", count: 32)
    private static let digest = String(repeating: "1b", count: 32)

    @Test func aQuestionIsReadAsItIsWritten() throws {
        let question = KeyQuestion(7, in: try #require(Epoch("now")))
        let read = try #require(KeyQuestion(payload: question.payload))
        #expect(read == question && read.epoch == "now" && read.sequence == 7)
    }

    @Test func anAnswerIsWhatTheOtherNodeHas() throws {
        let entry = try #require(KeyBook.Entry(name: "\(Self.batch)/12", digest: Self.digest, streams: 3))
        let read = try #require(KeyAnswer.entry(in: KeyAnswer(entry).payload))
        #expect(read == entry)
        #expect(read.found(by: "\(Self.batch)/12", digest: Self.digest) == .ours(digest: Self.digest, streams: 3))
    }

    @Test(arguments: [
        "", "{}", #"{"v":2,"epoch":"now","sequence":7}"#, #"{"v":1,"epoch":7}"#, #"{"v":1,"name":"x","digest":"y"}"#,
        #"{"v":1,"name":"0a/0","digest":"1b","streams":1}"#,
    ])
    func whatIsNoneIsPassedOver(text: String) {
        #expect(KeyAnswer.entry(in: ByteBuffer(string: text)) == nil)
        #expect(KeyQuestion(payload: ByteBuffer(string: text)).map { $0.epoch.isEmpty } ?? true)
    }
}
