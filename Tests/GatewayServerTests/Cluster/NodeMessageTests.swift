// What nodes ask and answer, and what else may come on their subjects.

import EventHub
import EventLog
import GatewayRules
import NIOCore
import SeededRandom
import Testing

@testable import GatewayServer

@Suite struct NodeMessageTests {
    private static let node = "00000000000000aa"

    private static func read(_ text: String) -> NodeMessage? { NodeMessage(json: Array(text.utf8)) }

    @Test func whatIsWrittenIsRead() throws {
        var news = PresenceNews(node: Self.node, sequence: 7, streams: 3)
        news.users = [
            CountedNames.Entry(name: "al\"ice\u{e9}", streams: 2), CountedNames.Entry(name: "bob", streams: 0),
        ]
        news.topics = [CountedNames.Entry(name: "news", streams: 3)]
        (news.begins, news.ends, news.leaves, news.wants) = (true, true, true, [Self.node])
        #expect(NodeMessage(json: news.json) == .presence(news))
        news.there = [AttendedPair("room/\"1", "al\"ice"), AttendedPair("room/\"1", "bob")]
        (news.gone, news.hidesUsers) = ([AttendedPair("news", "carol")], true)
        #expect(NodeMessage(json: news.json) == .presence(news))
        var question = NodeQuestion()
        (question.number, question.asker, question.user) = (.max, Self.node, "alice")
        (question.firstNode, question.after, question.limit) = (Self.node, StreamName("1-5"), 100)
        #expect(NodeMessage(json: question.json) == .question(question))
        var answer = NodeAnswer()
        (answer.number, answer.node, answer.ended, answer.isCut) = (9, Self.node, 4, true)
        let name = try #require(StreamName("1-5"))
        answer.streams = [ClusterStream(node: Self.node, name: name, json: Array(#"{"stream":"1-5","new":[1]}"#.utf8))]
        #expect(NodeMessage(json: answer.json) == .answer(answer))
    }

    /// A later version adds members; one that changes them has another number.
    @Test func twoVersionsStandSideBySide() {
        let later = """
            {"v":1,"new":{"a":[1]},"presence":"\(Self.node)","sequence":1,"streams":2,\
            "users":[{"n":"a","s":1,"x":2}],"y":1}
            """
        guard case .presence(let news)? = Self.read(later) else {
            Issue.record("not read")
            return
        }
        #expect(news.users == [CountedNames.Entry(name: "a", streams: 1)] && news.streams == 2)
        #expect(Self.read(#"{"v":2,"presence":"\#(Self.node)","sequence":1}"#) == nil)
    }

    @Test(arguments: [
        "", "x", "[]", "{}", "{\"v\":1}", #"{"v":1,"presence":1}"#, #"{"v":1,"presence":"a","users":{}}"#,
        #"{"v":1,"presence":"a","users":[1]}"#, #"{"v":1,"question":"1","limit":1e99}"#, #"{"v":1,"answer":"1"} x"#,
        #"{"v":1,"answer":"1","streams":[1,"#, #"{"node":"sluice/sluice/a","epoch":"b","sequence":1,"current":true}"#,
    ])
    func whatIsNoneIsPassedOver(text: String) { #expect(Self.read(text) == nil) }

    @Test func whatIsTooMuchIsCut() {
        let long = String(repeating: "x", count: PresenceNews.longestName + 1)
        let text = """
            {"v":1,"presence":"\(Self.node)","sequence":-1,"streams":9223372036854775807,\
            "users":[{"n":"\(long)","s":1},{"n":"","s":1},{"n":"a","s":-5}],\
            "there":[{"t":"\(long)","u":["a"]},{"u":["a"]},{"t":"t","u":["","\(long)","b"]},{"t":"x"}]}
            """
        guard case .presence(let news)? = Self.read(text) else {
            Issue.record("not read")
            return
        }
        #expect(news.sequence == 0 && news.streams == Int(UInt32.max))
        #expect(news.users == [CountedNames.Entry(name: "a", streams: 0)])
        #expect(news.there == [AttendedPair("t", "b")])
    }

    /// Whatever comes, nothing traps, and a book takes it.
    @Test func bytesThatAreChangedAreReadOrNot() {
        var random = SeededGenerator(test: "bytesThatAreChangedAreReadOrNot")
        var news = PresenceNews(node: Self.node, sequence: 7, streams: 3)
        news.users = (0..<5).map { CountedNames.Entry(name: "user \($0)", streams: $0) }
        news.there = (0..<5).map { AttendedPair("room/\($0 % 2)", "user \($0)") }
        var answer = NodeAnswer()
        answer.streams =
            StreamName("1-5").map {
                [ClusterStream(node: Self.node, name: $0, json: Array(#"{"stream":"1-5"}"#.utf8))]
            } ?? []
        var book = NodePresence(own: "0000000000000000", byteLimit: 1 << 20)
        for text in [news.json, NodeQuestion().json, answer.json] {
            for _ in 0..<2000 {
                var bytes = text
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0x20...0x7e, using: &random)
                }
                if case .presence(let heard)? = NodeMessage(json: bytes) { book.hear(heard, at: .now()) }
            }
        }
        #expect(book.bytes <= 1 << 20)
    }

    // MARK: Answers

    private static func answer(_ node: String, _ names: [String], isCut: Bool = false) -> NodeAnswer {
        var answer = NodeAnswer()
        (answer.node, answer.isCut) = (node, isCut)
        answer.streams = names.compactMap { StreamName($0) }.map { ClusterStream(node: node, name: $0, json: []) }
        return answer
    }

    @Test func aPageEndsWhereANodeHasMore() {
        let answers = [Self.answer("b", ["0-1"]), Self.answer("a", ["0-1", "0-2"])]
        let all = ClusterStreams(answers, unanswered: ["c"], limit: 10)
        #expect(all.streams.map { "\($0.node) \($0.name)" } == ["a 0-1", "a 0-2", "b 0-1"])
        #expect(!all.hasMore && all.unanswered == ["c"])
        let short = ClusterStreams(answers, unanswered: [], limit: 1)
        #expect(short.streams.map(\.node) == ["a"] && short.hasMore)
        let cut = ClusterStreams([Self.answer("a", ["0-1"], isCut: true), answers[0]], unanswered: [], limit: 10)
        #expect(cut.streams.map(\.node) == ["a"] && cut.hasMore, "what is behind would be passed over")
    }

    @Test func eachNodeAnswersOnce() async {
        let desk = QuestionDesk()
        desk.open(1, to: ["a", "b"])
        for (node, number) in [("a", 1), ("a", 1), ("stranger", 1), ("a", 2), ("b", 1)] as [(String, UInt64)] {
            var answer = NodeAnswer()
            (answer.node, answer.number, answer.ended) = (node, number, 1)
            desk.take(answer)
        }
        let (answers, unanswered) = await desk.answers(to: 1, within: .seconds(3600))
        #expect(answers.map(\.node) == ["a", "b"] && unanswered.isEmpty && desk.count == 0)
    }

    @Test func whoDoesNotAnswerIsNamed() async {
        let desk = QuestionDesk()
        desk.open(1, to: ["a", "b"])
        var answer = NodeAnswer()
        (answer.node, answer.number) = ("b", 1)
        desk.take(answer)
        let (answers, unanswered) = await desk.answers(to: 1, within: .milliseconds(1))
        #expect(answers.map(\.node) == ["b"] && unanswered == ["a"] && desk.count == 0)
    }
}
