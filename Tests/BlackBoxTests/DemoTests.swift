// Promise: the demo shows, in a real browser, what the gateway is for. A script clicks through it as three people.

import Foundation
import Testing

extension Outside {
    @Suite struct DemoTests {
        /// How long a comment may take from one person's click to another's screen, with both browsers on this machine.
        private static let atOnce = 200.0

        @Test func threePeopleUseTheDemo() async throws {
            let demo = try await Demo.start()
            let lines = try await demo.browse()
            let steps = Dictionary(grouping: lines) { $0.text("step") ?? "" }
            try Self.checkDelivery(steps)
            try Self.checkTrouble(steps)
            let end = try #require(steps["end"]?.first)
            #expect(end.texts("messages").filter { $0.contains("Content Security Policy") } == [])
            for shot in steps["shot"] ?? [] {
                let (content, window) = (shot.number("scrollWidth") ?? .infinity, shot.number("width") ?? 0)
                #expect(content <= window, "\(shot.text("name") ?? "") scrolls sideways")
            }
            #expect(steps["shot"]?.count == 16)
            try await demo.stop()
        }

        private static func checkDelivery(_ steps: [String: [JSONLine]]) throws {
            let comment = try #require(steps["comment"]?.first)
            let delays = comment.numbers("delays")
            #expect(delays.count == 10 && delays.allSatisfy { $0 < atOnce }, "comments took \(delays) ms")
            #expect(comment.number("carol") == 0, "a comment for alice was shown to carol")
            #expect(comment.number("bob") == 0, "a comment for alice was shown to bob")
            #expect(comment.text(of: "unread") == #"[[5,"(5) Sluice demo"],[5,"(5) Sluice demo"]]"#)
            #expect(steps["reaction"]?.first?.text(of: "unread") == #"[[6,"(6) Sluice demo"],[6,"(6) Sluice demo"]]"#)
            #expect(steps["reaction"]?.first?.number("carol") == 0)
            #expect(steps["read"]?.first?.text(of: "unread") == #"[[0,"Sluice demo"],[0,"Sluice demo"]]"#)
            #expect(steps["time-to-one"]?.first?.number("carol") == 0)
            #expect(steps["time-to-everyone"]?.first?.number("bob") == 1)
        }

        private static func checkTrouble(_ steps: [String: [JSONLine]]) throws {
            let cut = try #require(steps["cut"]?.first)
            #expect(cut.texts("lights").allSatisfy { $0.hasPrefix("reconnecting") })
            #expect(cut.numbers("missed") == [0, 0], "a cut network let something through")
            #expect(cut.text(of: "twice") == "[0,0]", "an event came twice")
            let comments = try #require(cut.lists("comments"))
            #expect(comments.count == 2 && comments[0] == comments[1])
            #expect(comments[0].count == 9, "\(comments[0])")
            #expect(comments[0].suffix(4) == ["missed 0", "missed 1", "missed 2", "after"])
            #expect(steps["sleep"]?.first?.texts("lights") == ["reconnecting", "reconnecting"])
            #expect(steps["sleep"]?.first?.text(of: "twice") == "[0,0]")
            #expect(
                steps["expire"]?.first?.texts("lights") == ["signed out: token-expired", "signed out: token-expired"])
            #expect(steps["expire"]?.first?.text(of: "twice") == "[0,0]")
            #expect(steps["switch"]?.first?.number("inbox") == 0, "carol sees what is alice's")
            #expect(steps["switch"]?.first?.texts("lights") == ["live", "live"])
        }

        @Test func withoutCertificatesItSaysHowToMakeThem() async throws {
            let workspace = try Workspace()
            let child = try Child(Package.program(), ["demo"], in: workspace, folder: workspace.folder.path)
            #expect(try await child.ended() == 78)
            #expect(child.errors.contains("certs/dev/server.pem") && child.errors.contains("make certs"))
        }

        @Test func aPortThatIsTakenIsNamed() async throws {
            let taken = try HeldPort()
            let workspace = try Workspace()
            let arguments = try await Demo.arguments(ports: freePorts(2) + [taken.number])
            let child = try Child(Package.program(), ["demo"] + arguments, in: workspace)
            #expect(try await child.ended() == 1)
            #expect(child.errors.contains("port \(taken.number)") && child.errors.contains("--demo-port"))
        }
    }
}
