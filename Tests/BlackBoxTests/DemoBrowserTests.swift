// Promise: the demo shows, in a real browser, what the gateway is for. A script uses it as three people, over both
// versions of HTTP, once by keyboard alone and once by mouse.

import Foundation
import Testing

extension Outside {
    @Suite struct DemoBrowserTests {
        /// How long a comment may take from one person's click to another's screen, with both browsers on this machine.
        private static let atOnce = 200.0
        /// Steps that take long, and not more with a mouse or over HTTP/1.1.
        private static let waits = ["sleep", "expire"]

        @Test(.early) func threePeopleUseTheDemoByKeyboard() async throws {
            let steps = try await Self.steps(.h2, by: "keyboard", without: [])
            try Self.check(steps, .h2)
            for step in ["sleep", "expire"] { #expect(steps[step]?.count == 1) }
            for shot in steps["shot"] ?? [] {
                #expect(shot.texts("flaws") == [], "\(shot.text("name") ?? "")")
            }
            #expect(steps["shot"]?.count == 24)
            #expect(steps["end"]?.first?.texts("unseen") == [], "the focus could not be seen")
        }

        @Test(.early) func threePeopleUseTheDemoByMouseOverHTTP1() async throws {
            try Self.check(try await Self.steps(.http1, by: "mouse", without: Self.waits), .http1)
        }

        @Test(.alone) func aCommentIsOnTheOtherScreensAtOnce() async throws {
            let demo = try await Demo.start()
            let others = [
                "read", "the_time", "offline", "cut", "outage", "sleep", "expire", "restart", "switch", "races",
            ]
            let script = try await demo.use(.h2, by: "mouse", without: others)
            let lines = JSONLine.all(in: try await script.succeeded(within: .seconds(60)))
            let delays = try #require(lines.first { $0.text("step") == "comment" }).numbers("delays")
            #expect(delays.count == 10 && delays.allSatisfy { $0 < Self.atOnce }, "comments took \(delays) ms")
            try await demo.stop()
        }

        /// What they saw, by step.
        private static func steps(
            _ version: Browser.HTTPVersion, by means: String, without left: [String]
        ) async throws -> [String: [JSONLine]] {
            let demo = try await Demo.start()
            let script = try await demo.use(version, by: means, without: left)
            try await eventually("the step restart", within: .seconds(120), otherwise: { script.transcript }) {
                try #require(script.exitCode == nil, "\(script.transcript)")
                return script.output.contains("\"restart\"")
            }
            let another = try await demo.startAnew()
            let lines = JSONLine.all(in: try await script.succeeded(within: .seconds(60)))
            try await another.stop()
            return Dictionary(grouping: lines) { $0.text("step") ?? "" }
        }

        private static func check(_ steps: [String: [JSONLine]], _ version: Browser.HTTPVersion) throws {
            try checkDelivery(steps)
            try checkAbsence(steps)
            try checkOutage(steps)
            try checkGap(steps)
            try checkUsers(steps)
            let end = try #require(steps["end"]?.first)
            #expect(Set(end.texts("protocols")) == [version.rawValue])
            // What a page can't help to be said of a network that is cut.
            #expect(end.texts("messages").filter { !$0.contains("Failed to load resource: net::ERR_") } == [])
        }

        // MARK: Delivery

        private static func checkDelivery(_ steps: [String: [JSONLine]]) throws {
            let comment = try #require(steps["comment"]?.first)
            #expect(comment.numbers("delays").count == 10)
            #expect(comment.text(of: "unread") == #"[[5,"(5) Sluice demo"],[5,"(5) Sluice demo"]]"#)
            #expect(comment.text(of: "reacted") == #"[[6,"(6) Sluice demo"],[6,"(6) Sluice demo"]]"#)
            #expect(comment.number("notices") == 0)
            #expect(steps["read"]?.first?.text(of: "unread") == #"[[0,"Sluice demo"],[0,"Sluice demo"]]"#)
            for step in ["comment", "read", "time", "offline"] {
                #expect(steps[step]?.first?.texts("others") == [], "\(step): others were sent what is alice's")
            }
            #expect(steps["time"]?.first?.numbers("everyone") == [2, 1, 1])
        }

        // MARK: Absence

        private static func checkAbsence(_ steps: [String: [JSONLine]]) throws {
            let offline = try #require(steps["offline"]?.first)
            #expect(offline.numbers("missed") == [0, 0], "something came through without a network")
            #expect(offline.text("told") == "The backend can't be reached. Is the network down?")
            #expect(offline.text(of: "lights") == #"[["live","reconnecting","live"],["live","reconnecting","live"]]"#)
            let comments = try #require(offline.lists("comments"))
            #expect(comments.count == 2 && comments[0] == comments[1])
            #expect(comments[0].count == 9, "\(comments[0])")
            #expect(comments[0].suffix(4) == ["missed 0", "missed 1", "missed 2", "after"])
            try #require(steps["cut"] != nil)
            for step in ["cut", "sleep"] {
                for line in steps[step] ?? [] { #expect(line.text(of: "missed") == "[null,null]", "\(step)") }
            }
            for step in ["offline", "cut", "outage", "sleep", "expire"] {
                for line in steps[step] ?? [] { #expect(line.text(of: "twice") == "[0,0]", "\(step)") }
            }
        }

        private static func checkOutage(_ steps: [String: [JSONLine]]) throws {
            let outage = try #require(steps["outage"]?.first)
            #expect(outage.text("light") == "delayed: gateway without its log")
            let lights = try #require(outage.lists("lights"))
            #expect(lights.count == 4 && lights.allSatisfy { $0.suffix(2) == ["delayed", "live"] }, "\(lights)")
        }

        private static func checkGap(_ steps: [String: [JSONLine]]) throws {
            let behind = try #require(steps["behind"]?.first)
            #expect(behind.text("light") == "behind: reading anew")
            #expect(
                behind.text("still") == "behind: reading anew",
                "a reading that failed left the page as if it were current")
            let lights = try #require(behind.lists("lights"))
            #expect(lights.count == 2 && lights.allSatisfy { $0.suffix(2) == ["behind", "live"] })
            #expect(behind.numbers("notices") == [0, 0], "what the backend no longer has is still shown")
        }

        // MARK: Users

        private static func checkUsers(_ steps: [String: [JSONLine]]) throws {
            let nothing = ["", "", "", "–", "0", "Nobody has said yet.", "Sluice demo", ""]
            let traces = try #require(steps["switch"]?.first)
            #expect(traces.texts("before").last { !$0.isEmpty } == "(1) Sluice demo")
            #expect(traces.lists("left") == [nothing, nothing], "alice has signed out and left something")
            #expect(traces.lists("found") == [nothing, nothing], "carol sees what is alice's")
            let races = try #require(steps["races"]?.first)
            #expect(races.texts("opening") == ["while it opened"])
            #expect(races.texts("reading") == ["while it opened", "while it read", "news"])
            let shown = races.texts("stranger")
            #expect(!shown.isEmpty && !shown.contains { $0.hasPrefix("carol: ") && $0.contains("for alice") })
            #expect(races.text("starts") == "carol")
            #expect(races.text("token") == "alice")
        }
    }
}
