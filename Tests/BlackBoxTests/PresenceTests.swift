// Promise: where `presence.topics` says so, a topic's subscribers are told of each other, each once, and not of who was
// away for a moment; elsewhere nobody is told, or shown.

import Testing

extension Outside {
    @Suite struct PresenceTests {
        private static let on: Settings = ["presence.topics": "[news, \"room/*\"]", "presence.debounce": "4s"]

        private static func presence(_ stream: Subscription) -> [String] {
            stream.events.filter { $0.event == "sluice.presence" }.compactMap(\.data)
        }

        private static func told(_ stream: Subscription, _ data: String) async throws {
            try await eventually(data, otherwise: { stream.child.transcript }) { presence(stream).last == data }
        }

        private static func whole(_ names: String, _ online: Int) -> String {
            "{\"topic\":\"room/1\",\"members\":[\(names)],\"online\":\(online)}"
        }

        /// Opens a stream over HTTP/1.1 or HTTP/2.
        private static func open(
            _ gateway: Gateway, _ user: String, _ query: String, _ options: String = "--http2"
        ) async throws -> Subscription {
            let token = try await gateway.token(user, "--subscribe", "*")
            return try await gateway.open(token, query: query, at: nil, options)
        }

        @Test func usersAreToldOfEachOtherAndNotOfAReload() async throws {
            try await Gateway.run(Self.on) { gateway in
                let token = try await gateway.token("bob", "--subscribe", "*")
                let alice = try await Self.open(gateway, "alice", "?topic=room%2F1")
                let first = try await gateway.open(token, query: "?topic=room%2F1", at: nil, "--http1.1")
                let other = try await Self.open(gateway, "carol", "?topic=hall&topic=news")
                // In one event or in two: the gateway may have been up for longer than its first silence.
                for stream in [alice, first] {
                    try await eventually("both", otherwise: { stream.child.transcript }) {
                        Self.presence(stream).last?.contains(#""online":2"#) == true
                    }
                }
                let told = Self.presence(alice).count
                first.close()
                let again = try await gateway.open(token, query: "?topic=room%2F1", at: nil, "--http1.1")
                // As before, for it and for alice: nobody has left meanwhile.
                try await Self.told(again, Self.whole("\"alice\",\"bob\"", 2))
                again.close()
                try await Self.told(alice, #"{"topic":"room/1","joined":[],"left":["bob"],"online":1}"#)
                #expect(Self.presence(alice).count == told + 1, "\(alice.child.transcript)")
                #expect(alice.events.allSatisfy { $0.id == nil })
                #expect(Self.presence(other) == [#"{"topic":"news","members":["carol"],"online":1}"#])
                #expect(try await gateway.metrics().sum("sluice_presence_topics") == 2)
                for stream in [alice, other] { stream.close() }
                try await eventually("nothing kept") {
                    try await gateway.metrics().sum("sluice_presence_bytes") == 0
                }
            }
        }

        @Test func aReloadTurnsItOnAndOffUnderOpenStreams() async throws {
            try await Gateway.run { gateway in
                let streams = try await ["alice", "bob"].asyncMap {
                    try await Self.open(gateway, $0, "?topic=room%2F1")
                }
                #expect(try await gateway.metrics().sum("sluice_presence_bytes") == 0)
                try await gateway.reload(Self.on.overridden(by: ["presence.debounce": "1s"]))
                for stream in streams { try await Self.told(stream, Self.whole("\"alice\",\"bob\"", 2)) }
                try await gateway.reload(Self.on.overridden(by: ["presence.debounce": "1s", "presence.members": "1"]))
                for stream in streams { try await Self.told(stream, #"{"topic":"room/1","online":2}"#) }
                try await gateway.reload([:])
                for stream in streams { try await Self.told(stream, #"{"topic":"room/1","online":null}"#) }
                // A change may come as two when the second user is counted late.
                let count = streams.map(Self.presence).map(\.count).reduce(0, +)
                #expect(count >= 6)
                #expect(try await gateway.metrics().sum("sluice_presence_bytes") == 0)
                #expect(try await gateway.metrics().sum("sluice_presence_events_total") == Double(count))
                for stream in streams { stream.close() }
            }
        }

        @Test(arguments: Browser.ways)
        func everyTabOfAPageKnowsWhoIsThere(mode: String, version: Browser.HTTPVersion) async throws {
            let settings = Self.on.overridden(by: ["presence.debounce": "500ms"])
            try await Browser.run(settings, version) { gateway, browser in
                try await browser.connect("a", "&share=\(mode)&topic=news")
                try await browser.until("a", "present?.members.join() === 'alice'")
                let bob = try await Self.open(gateway, "bob", "?topic=news")
                try await browser.until("a", "present.members.join() === 'alice,bob'")
                #expect(try await browser.run("a", "return present.joined.join()") == "bob")
                // One that comes later shares the stream, or has its own.
                try await browser.connect("b", "&share=\(mode)&topic=news")
                try await browser.until("b", "present?.members.join() === 'alice,bob'")
                bob.close()
                for tab in ["a", "b"] {
                    try await browser.until(tab, "present.online === 1 && present.left.join() === 'bob'")
                }
                #expect(try await browser.run("a", "return sluice.lastEventId") != "")
                let origin = try await browser.run("a", "return location.origin")
                try await gateway.reload(["cors.origins": "[\"\(origin)\"]", "stream.retry": "500ms"])
                for tab in ["a", "b"] {
                    try await browser.until(tab, "present.online === undefined && !present.members")
                }
            }
        }

        /// Pages that sign in by themselves have one trunk for whoever uses the browser.
        @Test(arguments: zip(["worker", "locks"], Browser.HTTPVersion.allCases))
        func whoSignsOutLeavesNoNames(mode: String, version: Browser.HTTPVersion) async throws {
            let settings = Self.on.overridden(by: ["presence.debounce": "500ms"])
            try await Browser.run(settings, version) { gateway, browser in
                for tab in ["a", "b"] { try await browser.connect(tab, "&share=\(mode)&alone&topic=news") }
                let bob = try await Self.open(gateway, "bob", "?topic=news")
                for tab in ["a", "b"] { try await browser.until(tab, "present?.members.join() === 'alice,bob'") }
                try await browser.run("a", "await sluice.signOut()")
                for tab in ["a", "b"] {
                    try await browser.until(tab, "sluice.state === 'signed-out' && present.online === undefined")
                    #expect(try await browser.run(tab, "return Boolean(present.members)") == "false")
                }
                // One that joins them now.
                let told = try await browser.run(
                    "b",
                    """
                    const told = []
                    const late = window.open()
                    late.addEventListener("presence", ({ detail }) => told.push(detail))
                    await new Promise((done) => late.addEventListener("rejected", done))
                    return told
                    """)
                #expect(told == "[]")
                bob.close()
            }
        }
    }
}

extension Array {
    /// One after the other.
    fileprivate func asyncMap<Result>(_ make: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await make(element)) }
        return results
    }
}
