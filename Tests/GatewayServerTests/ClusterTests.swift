// A node among others: whether it lags, when it gives up, and what it tells of the log's durability. Values.

import EventLog
import NIOCore
import SeededRandom
import Testing

@testable import GatewayServer
@testable import JetStreamEventLog
@testable import NATSMonitor

@Suite struct NodeBookTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func news(
        _ node: String, _ sequence: Position, epoch: String = "a", isCurrent: Bool = true
    ) -> NodeNews {
        NodeNews(node: node, epoch: epoch, sequence: sequence, isCurrent: isCurrent)
    }

    /// `#expect` calls no method that changes a value.
    private final class Book {
        private var value = NodeBook()

        func hear(_ news: NodeNews, at now: NIODeadline) { value.hear(news, at: now) }
        func count(at now: NIODeadline) -> Int { value.count(at: now) }
        func others(at now: NIODeadline) -> NodeBook.Others { value.others(at: now) }
        func isOvertaken(_ own: NodeNews, at now: NIODeadline) -> Bool { value.isOvertaken(own, at: now) }
    }

    @Test func whoHearsNobodyLagsBehindNobody() {
        let book = Book()
        #expect(!book.isOvertaken(Self.news("me", 1, isCurrent: false), at: Self.start))
        #expect(book.others(at: Self.start) == .unheard)
    }

    @Test func whoIsCutOffLagsBehindThoseThatAreNot() {
        let book = Book()
        let me = Self.news("me", 5, isCurrent: false)
        #expect(!book.isOvertaken(me, at: Self.start))
        let later = Self.start + NodeBook.patience
        book.hear(Self.news("b", 5, isCurrent: false), at: later)
        #expect(!book.isOvertaken(me, at: later), "a log that is away from all takes nobody out of the balancer")
        #expect(book.others(at: later) == .cutOff)
        book.hear(Self.news("c", 9), at: later)
        #expect(book.isOvertaken(me, at: later) && book.others(at: later) == .current)
        #expect(!book.isOvertaken(Self.news("me", 9), at: later))
    }

    /// NATS is gone, and the last that was heard of the others is that they were well; or they find out a little later.
    @Test func whatWasHeardBeforeSaysNothing() {
        let book = Book()
        let me = Self.news("me", 5, isCurrent: false)
        book.hear(Self.news("b", 5), at: Self.start)
        #expect(!book.isOvertaken(me, at: Self.start))
        book.hear(Self.news("b", 5), at: Self.start + .seconds(1))
        for second in 1...10 as ClosedRange<Int64> {
            #expect(!book.isOvertaken(me, at: Self.start + .seconds(second)))
        }
    }

    @Test func aNodeThatTellsNothingIsGone() {
        let book = Book()
        book.hear(Self.news("b", 9), at: Self.start)
        let later = Self.start + NodeBook.lifetime
        #expect(book.count(at: later) == 0 && book.others(at: later) == .unheard)
    }

    /// The tail is cut short in silence: others have what this node does not get.
    @Test func whoDoesNotReachWhatOthersHadLags() {
        let book = Book()
        var overtaken: [Bool] = []
        for second in 0...4 as ClosedRange<Int64> {
            let now = Self.start + .seconds(second)
            book.hear(Self.news("b", 10 + Position(second)), at: now)
            overtaken.append(book.isOvertaken(Self.news("me", 7), at: now))
        }
        #expect(overtaken == [false, false, false, true, true])
        #expect(!book.isOvertaken(Self.news("me", 14), at: Self.start + .seconds(5)), "until it has reached it")
    }

    @Test func whoIsAlwaysALittleBehindDoesNotLag() {
        let book = Book()
        for second in 0..<20 as Range<Int64> {
            let now = Self.start + .seconds(second)
            book.hear(Self.news("b", 100 + Position(second) * 10), at: now)
            #expect(!book.isOvertaken(Self.news("me", 95 + Position(second) * 10), at: now))
        }
    }

    @Test func placesOfAnotherEpochAreNoPlaces() {
        let book = Book()
        for second in 0..<10 as Range<Int64> {
            let now = Self.start + .seconds(second)
            book.hear(Self.news("b", 1000, epoch: "b"), at: now)
            #expect(!book.isOvertaken(Self.news("me", 1), at: now))
        }
    }

    @Test func itsSizeHasABound() {
        let book = Book()
        for number in 0..<NodeBook.most + 10 { book.hear(Self.news("\(number)", 1), at: Self.start) }
        #expect(book.count(at: Self.start) == NodeBook.most)
    }

    @Test func newsAreReadBack() {
        let news = Self.news(#"a"b"#, 7, isCurrent: false)
        #expect(NodeNews(json: news.json) == news)
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"node":"","epoch":"a"}"#, #"{"node":"a","epoch":1}"#, #"{"node":"a","epoch":""}"#,
        #"{"node":"a","epoch":"b","sequence":1.5}"#, #"{"node":"a","epoch":"b","current":"yes"}"#,
        #"{"node":"a","epoch":"b","sequence":99999999999999999999}"#,
    ])
    func whatIsNoNewsIsPassedOver(_ json: String) {
        #expect(NodeNews(json: Array(json.utf8)) == nil)
    }

    @Test func aLaterVersionMayTellMore() {
        let json = #"{"node":"a","epoch":"b","sequence":-1,"current":true,"users":[1,{}]}"#
        #expect(NodeNews(json: Array(json.utf8)) == Self.news("a", 0, epoch: "b"))
    }

    @Test func nodesOfTheSameLogAreKnownByTheirNames() {
        var generator = SeededGenerator(seed: 1)
        let name = NodeName.fresh(of: "orders", using: &generator)
        #expect(NodeName.isNode(name, of: "orders") && !NodeName.isNode(name, of: "order"))
        #expect(name.utf8.count == "sluice/orders/".utf8.count + 16)
        #expect(!NodeName.isNode("sluice check", of: "orders"))
    }
}

@Suite struct GiveUpTests {
    /// `#expect` calls no method that changes a value.
    private final class Node {
        private var giveUp: GiveUp

        init(after limit: TimeAmount) { giveUp = GiveUp(after: limit) }

        func looks(_ isCutOff: Bool, _ second: Int64, _ others: NodeBook.Others = .unheard) -> Bool {
            let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
            return giveUp.look(isCutOff: isCutOff, others: others, at: start + .seconds(second))
        }
    }

    @Test func itGivesUpOnceForEachOutage() {
        let node = Node(after: .seconds(10))
        #expect(!node.looks(true, 0))
        #expect(!node.looks(true, 9))
        #expect(node.looks(true, 10))
        #expect(!node.looks(true, 11))
        #expect(!node.looks(true, 100), "those that come back have found no better node")
        #expect(!node.looks(false, 101))
        #expect(!node.looks(true, 102))
        #expect(node.looks(true, 112, .current))
    }

    @Test func nobodyIsSentToThoseThatAreCutOffToo() {
        let node = Node(after: .seconds(10))
        #expect(!node.looks(true, 0, .cutOff))
        #expect(!node.looks(true, 20, .cutOff))
        #expect(node.looks(true, 21, .current))
    }

    @Test func withoutALimitItNeverDoes() {
        let node = Node(after: .zero)
        #expect(!node.looks(true, 0, .current))
        #expect(!node.looks(true, 24 * 3600, .current))
    }
}

@Suite struct DurabilityStandingTests {
    private static func verdict(_ change: (inout DurabilityVerdict) -> Void = { _ in }) -> DurabilityVerdict {
        var verdict = DurabilityVerdict([:], in: [])
        verdict.serverIDs = ["1", "2", "3"]
        change(&verdict)
        return verdict
    }

    @Test func fullIsWhatEachServerSays() {
        let standing = DurabilityStanding(.full, replicas: 3, by: Self.verdict())
        #expect(standing.word == "full" && !standing.isBroken)
        #expect(standing.note == "durability: full: 3 servers say that they sync always")
    }

    /// A server that is away acknowledges nothing.
    @Test func aServerThatIsAwayDoesNotBreakIt() {
        let standing = DurabilityStanding(.full, replicas: 3, by: Self.verdict { $0.unasked = ["gone"] })
        #expect(standing.word == "full" && !standing.isBroken && standing.note.hasSuffix("; 1 could not be asked"))
    }

    /// Then either nothing is acknowledged, or a server does it that nobody could ask.
    @Test(arguments: [([], ["1", "2", "3"]), (["1"], ["2", "3"]), ([], [])] as [(Set<String>, [String])])
    func itIsNotFullWhereMostCouldNotBeAsked(_ asked: Set<String>, _ unasked: [String]) {
        let verdict = Self.verdict { ($0.serverIDs, $0.unasked) = (asked, unasked) }
        let never = DurabilityStanding(.full, replicas: 3, by: verdict)
        #expect(never.word == "replicated" && never.isBroken && never.note.contains("not full as configured: only"))
        let lately = DurabilityStanding(.full, replicas: 3, by: verdict, verified: .seconds(30))
        #expect(lately.word == "full" && !lately.isBroken)
        let tooLate = DurabilityStanding(.full, replicas: 3, by: verdict, verified: .milliseconds(30_001))
        #expect(tooLate.word == "replicated" && tooLate.isBroken)
    }

    @Test func whatOneSaysOtherwiseIsNotOutweighedByWhatWasVerified() {
        let verdict = Self.verdict { $0.refutations = ["n1 does not"] }
        #expect(DurabilityStanding(.full, replicas: 3, by: verdict, verified: .zero).isBroken)
    }

    @Test func whatWasVerifiedAgesUntilMostAreHeardAgain() {
        let start = ContinuousClock.now
        var told = DurabilityWatch.Told()
        let silence = Self.verdict { ($0.serverIDs, $0.unasked) = ([], ["1", "2", "3"]) }
        #expect(told.age(silence, at: start) == nil)
        #expect(told.age(Self.verdict(), at: start) == .zero)
        #expect(told.age(silence, at: start + .seconds(20)) == .seconds(20))
        #expect(told.age(Self.verdict { $0.unasked = ["3"] }, at: start + .seconds(30)) == .zero)
        #expect(told.age(Self.verdict { $0.refutations = ["n1"] }, at: start + .seconds(31)) == nil)
        #expect(told.age(silence, at: start + .seconds(32)) == nil)
    }

    @Test func aServerThatSaysOtherwiseBreaksIt() {
        let standing = DurabilityStanding(.full, replicas: 3, by: Self.verdict { $0.refutations = ["n1 does not"] })
        #expect(standing.word == "replicated" && standing.isBroken && standing.note.contains("n1 does not"))
        #expect(DurabilityStanding(.full, replicas: 3, by: nil).isBroken)
    }

    /// Whatever the servers' disks do, the stream is not what it was.
    @Test func aStreamThatWasChangedBreaksIt() {
        func standing(_ breaks: Bool) -> DurabilityStanding {
            let change = StreamDifference(
                stream: "sluice", setting: "num_replicas", wanted: "3", found: "1", advice: "edit it",
                breaksPromise: breaks)
            return DurabilityStanding(.full, replicas: 3, by: Self.verdict(), changes: [change])
        }
        #expect(standing(true).isBroken && standing(true).word == "single")
        #expect(standing(true).note.contains("sluice: num_replicas is 1, and should be 3"))
        #expect(!standing(false).isBroken && standing(false).word == "full")
    }

    @Test(arguments: [(3, "replicated"), (1, "single")]) func lessIsNotCalledMore(_ replicas: Int, _ word: String) {
        let standing = DurabilityStanding(.replicated, replicas: replicas, by: Self.verdict())
        #expect(standing.word == word && !standing.isBroken)
        let refuted = DurabilityStanding(
            .replicated, replicas: replicas, by: Self.verdict { $0.refutations = ["n1 does not"] })
        #expect(refuted.word == word && !refuted.isBroken)
        #expect(DurabilityStanding(.replicated, replicas: replicas, by: nil).note.contains("no server was asked"))
    }
}
