import EventHub
import EventLog
import HTTPTypes
import NIOConcurrencyHelpers
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// What an administrator is answered where several gateways share the log.
@Suite struct EveryNodeTests {
    private static let (one, two) = ("00000000000000aa", "00000000000000bb")

    /// Nodes that the test makes up, and what they were asked.
    private final class Nodes: EveryNode {
        let asked = NIOLockedValueBox<[String]>([])
        private let failure: EventLogError?
        private let isIncomplete: Bool

        init(failure: EventLogError? = nil, isIncomplete: Bool = false) {
            (self.failure, self.isIncomplete) = (failure, isIncomplete)
        }

        private func note(_ text: String) { asked.withLockedValue { $0.append(text) } }

        func knows(node: String) -> Bool { [EveryNodeTests.one, EveryNodeTests.two].contains(node) }

        func users(after name: String?, limit: Int) -> ClusterUsers {
            note("users \(name ?? "") \(limit)")
            let all = [("alice", 3), ("bob/ü", 1), ("carol", 2)]
            let start = all.firstIndex { $0.0 == name }.map { $0 + 1 } ?? 0
            return ClusterUsers(
                users: all[start...].prefix(limit).map { (name: $0.0, streams: $0.1) }, isIncomplete: isIncomplete)
        }

        func streams(of user: String, after place: ClusterStream.Place?, limit: Int) async -> ClusterStreams {
            note("streams \(user) \(place.map { "\($0.node)/\($0.name)" } ?? "") \(limit)")
            let stream = ClusterStream(
                node: EveryNodeTests.one, name: StreamName(shard: 0, number: 7), json: Array(#"{"stream":"0-7"}"#.utf8))
            return ClusterStreams(
                streams: place == nil ? [stream] : [], unanswered: [EveryNodeTests.two], hasMore: place == nil)
        }

        func disconnect(
            _ user: String, stream: StreamName?, node: String?, isRetryable: Bool
        ) async throws(EventLogError) -> ClusterEnding {
            note("disconnect \(user) \(stream.map { "\($0)" } ?? "") \(node ?? "") \(isRetryable)")
            if let failure { throw failure }
            return ClusterEnding(streams: 5, unanswered: node == nil ? [EveryNodeTests.two] : [])
        }

        func revoke(_ revocation: Revocation) async throws(EventLogError) -> ClusterEnding {
            note("revoke \(revocation.target)")
            if let failure { throw failure }
            return ClusterEnding(streams: 7, unanswered: [EveryNodeTests.two])
        }
    }

    @Test func `users come in pages, whose cursors any node takes`() async throws {
        let nodes = Nodes()
        let bench = try GatewayBench(everyNode: nodes)
        let first = try await bench.administer(.get, "/v1/users?limit=2").text
        #expect(
            first
                == #"{"users":[{"user":"alice","streams":3},{"user":"bob/ü","streams":1}],"next":"1.bob/ü"}"#)
        let other = try GatewayBench(everyNode: nodes)
        let second = try await other.administer(.get, "/v1/users?limit=2&cursor=1.bob%2F%C3%BC").text
        #expect(second == #"{"users":[{"user":"carol","streams":2}]}"#)
        #expect(try await bench.administer(.get, "/v1/users?cursor=bob").text.contains("cursor-unknown"))
    }

    @Test func `what is not known of some node is told`() async throws {
        let bench = try GatewayBench(everyNode: Nodes(isIncomplete: true))
        #expect(try await bench.administer(.get, "/v1/users").text.hasSuffix(#""incomplete":true}"#))
    }

    @Test func `a user's streams are those of all nodes, and who did not answer is named`() async throws {
        let nodes = Nodes()
        let bench = try GatewayBench(everyNode: nodes)
        let first = try await bench.administer(.get, "/v1/users/alice/streams?limit=1").text
        #expect(
            first == """
                {"user":"alice","streams":[{"stream":"0-7"}],"unanswered":["\(Self.two)"],"next":"1.\(Self.one)/0-7"}
                """)
        _ = try await bench.administer(.get, "/v1/users/alice/streams?cursor=1.\(Self.one)%2F0-7")
        #expect(nodes.asked.withLockedValue { $0 } == ["streams alice  1", "streams alice \(Self.one)/0-7 100"])
        for cursor in ["1.x", "1.a/b/c", "1.\(Self.one)/x", "2.\(Self.one)/0-7"] {
            let answer = try await bench.administer(.get, "/v1/users/alice/streams?cursor=\(cursor)")
            #expect(answer.text.contains("cursor-unknown"), "\(cursor)")
        }
    }

    @Test(arguments: [
        ("", "disconnect alice   false"), ("?retryable=true", "disconnect alice   true"),
        ("/0-7?node=\(one)", "disconnect alice 0-7 \(one) false"),
    ])
    func `streams end at all nodes, or at one`(target: String, asked: String) async throws {
        let nodes = Nodes()
        let bench = try GatewayBench(everyNode: nodes)
        let answer = try await bench.administer(.delete, "/v1/users/alice/streams\(target)")
        let isOne = target.contains("node")
        #expect(answer.text == (isOne ? #"{"streamsEnded":5}"# : #"{"streamsEnded":5,"unanswered":["\#(Self.two)"]}"#))
        #expect(nodes.asked.withLockedValue { $0 } == [asked])
        #expect(bench.acts.withLockedValue { $0.map(\.result) } == [.ended(streams: 5)])
    }

    @Test func `a revocation's streams are those of all nodes`() async throws {
        let nodes = Nodes()
        let bench = try GatewayBench(everyNode: nodes)
        let answer = try await bench.administer(.post, "/v1/revocations", #"{"sub":"alice"}"#)
        #expect(answer.text == #"{"streamsEnded":7,"unanswered":["\#(Self.two)"]}"#)
        #expect(nodes.asked.withLockedValue { $0 } == ["revoke \(Revocation.Target.user("alice"))"])
        #expect(bench.acts.withLockedValue { $0.map(\.result) } == [.ended(streams: 7)])
    }

    @Test func `a log that does not take the order is told`() async throws {
        let nodes = Nodes(failure: EventLogError(.unavailable, "away", retrySeconds: 1))
        let bench = try GatewayBench(everyNode: nodes)
        let answer = try await bench.administer(.delete, "/v1/users/alice/streams")
        #expect(answer.status == .serviceUnavailable && answer.text.contains("log-unavailable"))
        #expect(bench.acts.withLockedValue { $0.map(\.result) } == [.failed(code: "log-unavailable")])
    }

    /// Also where a gateway has its log for itself: all streams would end, instead of those that were meant.
    @Test(arguments: [true, false])
    func `a node that nobody knows is refused`(isOneOfSeveral: Bool) async throws {
        let nodes = Nodes()
        let bench = try GatewayBench(everyNode: isOneOfSeveral ? nodes : nil)
        let node = isOneOfSeveral ? "x" : Self.one
        let answer = try await bench.administer(.delete, "/v1/users/alice/streams?node=\(node)")
        #expect(answer.status == .badRequest && answer.text.contains("node-unknown"))
        #expect(nodes.asked.withLockedValue { $0 } == [])
    }

    @Test func `only an administrator is answered`() async throws {
        let nodes = Nodes()
        let bench = try GatewayBench(everyNode: nodes)
        let token = try bench.token("alice")
        for (method, path) in [(HTTPRequest.Method.get, "/v1/users"), (.delete, "/v1/users/alice/streams")] {
            #expect(try await bench.administer(method, path, token: token).status == .forbidden)
        }
        #expect(nodes.asked.withLockedValue { $0 } == [])
    }
}
