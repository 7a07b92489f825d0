// Who is told what, when something happens on the board.

import EventStream
import GatewayClient
import HTTPServing
import HTTPTypes
import Testing

@testable import GatewayDemo

@Suite struct BoardActionsTests {
    /// The posts that are there from the start.
    private static let carols = 1
    private static let alices = 3

    @Test func `a comment is told to the post's owner and to nobody else`() async throws {
        let bench = try DemoBench()
        let answer = try await bench.post("/posts/\(Self.alices)/comments", #"{"text":" \"hi\" "}"#, as: "bob")
        #expect(answer.status == .created)
        #expect(answer.text == #"{"streams":2}"#)
        let event = try #require(bench.publisher.events.first)
        #expect(bench.publisher.events.count == 1)
        #expect(event.audience == .user("alice"))
        #expect(event.event?.text == "comment")
        let data = #"{"id":4,"kind":"comment","post":3,"by":"bob","text":"\"hi\"","at":\#(DemoBench.now),"read":false}"#
        #expect(event.data == data)
        #expect(try await bench.get("/inbox", as: "alice").text == #"{"user":"alice","notices":[\#(data)]}"#)
        #expect(try await bench.get("/inbox", as: "carol").text == #"{"user":"carol","notices":[]}"#)
        #expect(try await bench.get("/posts").text.contains(#""comments":[{"id":4,"by":"bob","text":"\"hi\"","#))
    }

    @Test func `nobody is told what they did themselves`() async throws {
        let bench = try DemoBench()
        let answer = try await bench.post("/posts/\(Self.alices)/comments", #"{"text":"me"}"#, as: "alice")
        #expect(answer.text == #"{"streams":0}"#)
        #expect(bench.publisher.events.isEmpty)
        #expect(try await bench.get("/inbox", as: "alice").text == #"{"user":"alice","notices":[]}"#)
    }

    @Test func `a post is told to everyone`() async throws {
        let bench = try DemoBench()
        #expect(try await bench.post("/posts", #"{"text":"news"}"#, as: "carol").status == .created)
        #expect(bench.publisher.events.map(\.audience) == [.everyone])
        #expect(bench.publisher.events.first?.event?.text == "post")
        #expect(bench.publisher.events.first?.data.hasPrefix(#"{"id":4,"by":"carol","text":"news","#) == true)
        #expect(try await bench.get("/posts").text.hasPrefix(#"[{"id":4,"#))
    }

    @Test func `the same reaction again is the same event under the same key`() async throws {
        let bench = try DemoBench()
        for _ in 0..<2 {
            let answer = try await bench.post("/posts/\(Self.carols)/reactions", #"{"reaction":"cheer"}"#, as: "bob")
            #expect(answer.status == .created)
        }
        #expect(bench.publisher.events.count == 2)
        #expect(bench.publisher.events[0] == bench.publisher.events[1])
        #expect(Set(bench.publisher.keys).count == 1)
        #expect(try await bench.get("/inbox", as: "carol").text.split(separator: "}").count == 2)
    }

    @Test func `there are four reactions`() async throws {
        let bench = try DemoBench()
        for reaction in Reaction.allCases {
            let body = #"{"reaction":"\#(reaction.rawValue)"}"#
            #expect(try await bench.post("/posts/1/reactions", body, as: "bob").status == .created)
        }
        #expect(try await bench.post("/posts/1/reactions", #"{"reaction":"sneer"}"#, as: "bob").status == .badRequest)
    }

    @Test func `what is read in one tab is read in all`() async throws {
        let bench = try DemoBench()
        _ = try await bench.post("/posts/\(Self.alices)/comments", #"{"text":"one"}"#, as: "bob")
        _ = try await bench.post("/posts/\(Self.alices)/comments", #"{"text":"two"}"#, as: "carol")
        _ = try await bench.post("/inbox/read", "", as: "alice")
        let event = try #require(bench.publisher.events.last)
        #expect(event.audience == .user("alice"))
        #expect(event.event?.text == "read")
        #expect(event.data == #"{"upTo":5}"#)
        #expect(try await !bench.get("/inbox", as: "alice").text.contains(#""read":false"#))
    }

    @Test func `the time goes to one user or to everyone`() async throws {
        let bench = try DemoBench()
        #expect(try await bench.post("/time", #"{"to":"bob"}"#, as: "alice").status == .created)
        #expect(try await bench.post("/time", "{}", as: "alice").status == .created)
        #expect(try await bench.post("/time", #"{"to":"mallory"}"#, as: "alice").status == .badRequest)
        #expect(bench.publisher.events.map(\.audience) == [.user("bob"), .everyone])
        #expect(bench.publisher.events.first?.data == #"{"by":"alice","at":\#(DemoBench.now)}"#)
    }

    @Test func `what was done stays done when the gateway is away, and the page is told`() async throws {
        let bench = try DemoBench()
        bench.publisher.fail(with: GatewayClientError(code: .network, message: "nobody listens there"))
        let answer = try await bench.post("/posts/\(Self.alices)/comments", #"{"text":"hello"}"#, as: "bob")
        #expect(answer.status == .created)
        #expect(answer.text == #"{"problem":"nobody listens there"}"#)
        #expect(try await bench.get("/inbox", as: "alice").text.contains("hello"))
    }

    @Test func `each event has a key of its own`() async throws {
        let bench = try DemoBench()
        _ = try await bench.post("/posts", #"{"text":"x"}"#, as: "bob")
        _ = try await bench.post("/posts/\(Self.alices)/comments", #"{"text":"x"}"#, as: "bob")
        _ = try await bench.post("/posts/\(Self.alices)/reactions", #"{"reaction":"like"}"#, as: "bob")
        _ = try await bench.post("/time", "{}", as: "bob")
        #expect(Set(bench.publisher.keys).count == 4)
        #expect(bench.publisher.keys.allSatisfy { $0.hasPrefix("demo-") && $0.utf8.count < 64 })
    }
}
