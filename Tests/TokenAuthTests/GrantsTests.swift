import SeededRandom
import Testing

@testable import TokenAuth

/// What grants let through: that and nothing more.
@Suite struct GrantsTests {
    @Test func `none grants nothing`() throws {
        for grants in [Grants.none, try Grants()] {
            #expect(!grants.maySubscribe(toTopic: "news") && !grants.usersToPublish.matches("alice"))
            #expect(!grants.topicsToPublish.matches("news") && !grants.mayPublishToEveryone && !grants.isAdmin)
        }
    }

    @Test(arguments: [
        (["news"], "news", true), (["news"], "new", false), (["news"], "newsx", false), (["news"], "News", false),
        (["news"], "", false),
        (["rooms/*"], "rooms/1", true),
        (["rooms/*"], "rooms/", true),
        (["rooms/*"], "rooms", false),
        (["rooms/*"], "room", false),
        (["rooms/*"], "xrooms/1", false),
        (["*"], "anything", true),
        (["a*"], "a", true),
        (["a*", "ab*", "b"], "abc", true),
        (["ab*", "a*"], "ac", true),
        (["a", "c*", "e"], "b", false),
        (["b*", "d*"], "c", false),
        (["b*", "d*"], "e", false),
        (["b*", "d*"], "a", false),
        (["a", "b", "c"], "b", true),
        (["a", "a", "*"], "b", true),
        (["abc", "ab*"], "abd", true), (["ab*", "abc*"], "abd", true), (["é*"], "éa", true), (["e*"], "é", false),
        (["\u{e9}"], "e\u{301}", false), (["😀*"], "😀1", true), ([], "news", false),
    ])
    func `subscribing`(_ patterns: [String], _ topic: String, _ isGranted: Bool) throws {
        #expect(try Grants(subscribe: patterns).maySubscribe(toTopic: topic) == isGranted)
        let published = try Grants(publish: patterns.map { "topic:" + $0 })
        #expect(published.topicsToPublish.matches(topic) == isGranted && !published.usersToPublish.matches(topic))
        let users = try Grants(publish: patterns.map { "user:" + $0 })
        #expect(users.usersToPublish.matches(topic) == isGranted && !users.topicsToPublish.matches(topic))
        #expect(!users.maySubscribe(toTopic: topic) && !users.mayPublishToEveryone)
    }

    @Test func `everyone and admin are each their own`() throws {
        let everyone = try Grants(publish: ["everyone"])
        #expect(everyone.mayPublishToEveryone && !everyone.isAdmin && !everyone.usersToPublish.matches("everyone"))
        let admin = try Grants(isAdmin: true)
        #expect(admin.isAdmin && !admin.mayPublishToEveryone && !admin.maySubscribe(toTopic: "news"))
    }

    @Test(arguments: [
        "", "a*b", "*a", "**", "a**", "\n", "a\u{0}", "a\u{7f}", "a\u{85}", "e\u{301}", "\u{212a}",
        String(repeating: "a", count: 257),
    ])
    func `no pattern`(_ pattern: String) {
        #expect(code { () throws(GrantsError) in try Grants(subscribe: ["news", pattern]) } == .subscribe)
        #expect(code { () throws(GrantsError) in try Grants(publish: ["user:" + pattern]) } == .publish)
        #expect(code { () throws(GrantsError) in try Grants(publish: ["topic:" + pattern]) } == .publish)
    }

    @Test(arguments: [
        "", "*", "user", "user:", "topic:", "alice", "users:alice", "User:alice", "everyone*", "Everyone", " user:a",
        "everyone:",
    ])
    func `no audience`(_ grant: String) {
        #expect(code { () throws(GrantsError) in try Grants(publish: [grant]) } == .publish)
    }

    private func code(_ make: () throws(GrantsError) -> Grants) -> GrantsError.Code? {
        do {
            _ = try make()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `lists give back what was granted`() throws {
        let grants = try Grants(
            subscribe: ["rooms/*", "news"], publish: ["everyone", "topic:b*", "topic:bc*", "user:x"], isAdmin: true)
        #expect(grants.subscribe == ["news", "rooms/*"])
        #expect(grants.publish == ["user:x", "topic:b*", "everyone"])
        #expect(try Grants(subscribe: grants.subscribe, publish: grants.publish, isAdmin: true) == grants)
    }

    @Test func `many patterns answer as each alone would`() throws {
        var generator = SeededGenerator(test: "grants")
        let letters = ["a", "b", "ab", "/"]
        func name() -> String {
            (0..<Int.random(in: 1...4, using: &generator)).map { _ in letters.randomElement(using: &generator) ?? "" }
                .joined()
        }
        for _ in 0..<2000 {
            let patterns = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                name() + (Bool.random(using: &generator) ? "*" : "")
            }
            let topic = name()
            let expected = patterns.contains { $0.hasSuffix("*") ? topic.hasPrefix($0.dropLast()) : topic == $0 }
            let isGranted = try Grants(subscribe: patterns).maySubscribe(toTopic: topic)
            #expect(isGranted == expected, "\(patterns) \(topic) SLUICE_SEED=\(generator.seed)")
        }
    }

    @Test func `names of topics and users`() {
        for name in ["a", "rooms/1", "Zoë", "😀", "a b", "auth0|5f7c", String(repeating: "a", count: 256)] {
            #expect(TopicName.isValid(name) && UserName.isValid(name))
        }
        for name in ["", "*", "a*", "a\r", "\u{9f}", "e\u{301}", String(repeating: "é", count: 129)] {
            #expect(!TopicName.isValid(name) && !UserName.isValid(name))
        }
    }
}
