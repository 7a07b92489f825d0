// Promise: the operator who is asked why somebody did not get an event can ask the gateway.

import Foundation
import Testing

extension Outside {
    @Suite struct ExplainTests {
        private static func explain(_ gateway: Gateway, _ user: String, _ event: String) async throws -> JSONLine {
            let printed = try await Child(
                Package.program(),
                [
                    "explain", "--user", user, "--event", event, "--json", "--config",
                    gateway.workspace.path("sluice.yaml"),
                ], in: gateway.workspace
            ).succeeded()
            return try #require(JSONLine.all(in: printed).first, "\(printed)")
        }

        @Test func whoWasSentItAndWhoWasNotIsSaid() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":1}"#, token: gateway.backendToken())
                let id = try #require(JSONLine.all(in: answer.body).first?.text("id"))
                try await eventually("the event") { stream.events.contains { $0.id == id } }

                let alice = try await Self.explain(gateway, "alice", id)
                #expect(alice.text("place") == "in the log")
                #expect(alice.text("audience") == "user" && alice.flag("forUser"))
                #expect(
                    alice.text("toldAt")?.wholeMatch(of: /....-..-..T..:..:..\.\d{3}Z/) != nil, "to the millisecond")
                #expect(alice.text(of: "streams")?.contains(#""fate":"sent""#) == true, "\(alice)")
                let bob = try await gateway.open(gateway.token("bob"))
                let other = try await Self.explain(gateway, "bob", id)
                #expect(!other.flag("forUser"))
                #expect(other.text(of: "streams")?.contains(#""fate":"not-subscribed""#) == true, "\(other)")

                let words = try await Child(
                    Package.program(),
                    [
                        "explain", "--user", "alice", "--event", id, "--config",
                        gateway.workspace.path("sluice.yaml"),
                    ], in: gateway.workspace
                ).succeeded()
                #expect(words.contains("in the log") && words.contains("sent: written to its connection"), "\(words)")
                stream.close()
                try await eventually("the end of a stream") { try await gateway.metrics().streams == 1 }
                let later = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":2}"#, token: gateway.backendToken())
                let missed = try #require(JSONLine.all(in: later.body).first?.text("id"))
                let ended = try await Self.explain(gateway, "alice", missed)
                #expect(ended.text(of: "streams")?.contains(#""fate":"ended-before""#) == true, "\(ended)")
                let over = try await Self.explain(gateway, "alice", id)
                #expect(over.text(of: "streams")?.contains(#""arrival":"ended""#) == true, "\(over)")
                bob.close()
            }
        }

        private static func arrival(_ gateway: Gateway, _ event: String) async throws -> String? {
            let answer = try await gateway.admin("/explain?user=alice&event=\(event)")
            let stream = try #require(JSONLine.all(in: answer.body).first?.objects("streams").first, "\(answer.body)")
            return stream.text("arrival")
        }

        /// Some megabytes, more than all buffers between a gateway and a client that stands still take.
        private static func publishMuch(_ gateway: Gateway) async throws -> [String] {
            let line = #"{"to":{"user":"alice"},"data":"\#(String(repeating: "x", count: 10_000))"}"#
            let lines = Array(repeating: line, count: 60).joined(separator: "\n")
            let file = try gateway.workspace.write(lines, to: "much")
            let backend = try await gateway.backendToken()
            var ids: [String] = []
            for _ in 0..<5 {
                let answer = try await gateway.publish("@" + file, token: backend, type: "application/x-ndjson")
                ids += JSONLine.all(in: answer.body).compactMap { $0.text("id") }
            }
            #expect(ids.count == 300)
            return ids
        }

        /// A client that reads, one that stands still, and the same when it goes on.
        @Test(arguments: ["--http1.1", "--http2"])
        func whetherItsConnectionHasAcknowledgedItIsSaid(version: String) async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"), version)
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":1}"#, token: gateway.backendToken())
                let first = try #require(JSONLine.all(in: answer.body).first?.text("id"))
                try await stream.events(1)
                try await eventually("its acknowledgement") {
                    try await Self.arrival(gateway, first) == "acknowledged"
                }

                stream.child.send(SIGSTOP)
                let ids = try await Self.publishMuch(gateway)
                try await gateway.metric("sluice_streams_behind", reaches: 1)
                #expect(try await Self.arrival(gateway, first) == "acknowledged")
                // The newest are not written, some are on their way, and those before them have arrived.
                var arrivals: [String?] = []
                for id in ids.reversed() where arrivals.last != "acknowledged" {
                    arrivals.append(try await Self.arrival(gateway, id))
                }
                let unwritten = arrivals.prefix { $0 == nil }.count
                #expect(unwritten > 0 && arrivals.count < ids.count, "\(arrivals)")
                let onTheirWay = arrivals.dropFirst(unwritten).dropLast()
                #expect(!onTheirWay.isEmpty && onTheirWay.allSatisfy { $0 == "perhaps-unacknowledged" }, "\(arrivals)")
                #expect(arrivals.last == "acknowledged")

                stream.child.send(SIGCONT)
                try await stream.events(301)
                let last = try #require(ids.last)
                try await eventually("the last one's acknowledgement") {
                    try await Self.arrival(gateway, last) == "acknowledged"
                }
                stream.close()
            }
        }

        /// In an incident an event loop may stand still. What the others know is told all the same.
        @Test func anEventLoopThatStandsIsNamedAndNotWaitedFor() async throws {
            try await Gateway.run(["listen.event_loops": "2"]) { gateway in
                // Connections come to one loop after the other.
                let token = try await gateway.token("alice")
                var streams: [Subscription] = []
                for _ in 0..<4 { streams.append(try await gateway.open(token)) }
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":1}"#, token: gateway.backendToken())
                let id = try #require(JSONLine.all(in: answer.body).first?.text("id"))
                for stream in streams {
                    try await eventually("the event") { stream.events.contains { $0.id == id } }
                }
                let whole = try await Self.explain(gateway, "alice", id)
                #expect(whole.text(of: "silentLoops") == "[]")
                #expect(whole.text(of: "streams")?.matches(of: /"fate":"sent"/).count == 4)

                let frozen = try await gateway.freeze(loop: 1)
                let clock = ContinuousClock()
                let began = clock.now
                let part = try await Self.explain(gateway, "alice", id)
                #expect(clock.now - began < .seconds(8))
                #expect(part.numbers("silentLoops") == [1])
                #expect((1...3).contains(part.text(of: "streams")?.matches(of: /"fate":"sent"/).count ?? 0))
                frozen.end()
                try await eventually("the loop answers again") {
                    try await Self.explain(gateway, "alice", id).text(of: "silentLoops") == "[]"
                }
                for stream in streams { stream.close() }
            }
        }

        /// The rest of the configuration may be what is wrong, and may be unknown to who asks.
        @Test func whereTheAdminListenerIsIsAllThatItHasToKnow() async throws {
            try await Gateway.run { gateway in
                let ask = ["explain", "--user", "alice", "--event"]
                let (port, place) = (["--admin-port", "\(gateway.adminPort)"], gateway.workspace)
                let alone = try Child(Package.program(), ask + ["abcdefgh-17"] + port, in: place)
                #expect(try await alone.succeeded().contains("of another epoch"))
                let file = try place.write(
                    "admin: {port: \(gateway.adminPort)}\nlisten: {port: eight}\nnonsense: 1\n", to: "wrong.yaml")
                let broken = try Child(Package.program(), ask + ["abcdefgh-17", "--config", file], in: place)
                #expect(try await broken.succeeded().contains("of another epoch"))
                let wrong = [
                    (["nonsense"] + port, Int32(64)), (["abcdefgh-17", "--admin-port", "x"], 78),
                    (["abcdefgh-17", "--admin-prt", "1"], 78), (["abcdefgh-17", "--config", "nowhere.yaml"], 78),
                ]
                for (arguments, code) in wrong {
                    let child = try Child(Package.program(), ask + arguments, in: place)
                    #expect(try await child.ended() == code, "\(arguments): \(child.transcript)")
                }
            }
        }

        @Test func whatIsNoEventIsSaidToBeNone() async throws {
            try await Gateway.run { gateway in
                #expect(try await gateway.admin("/explain?user=alice&event=nonsense").status == 400)
                #expect(try await gateway.admin("/explain?user=alice").status == 400)
                let unknown = try await gateway.admin("/explain?user=alice&event=abcdefgh-17")
                #expect(unknown.status == 200 && unknown.body.contains("of another epoch"), "\(unknown.body)")
            }
        }
    }
}
