// Promise: the dashboard shows an operator what the gateway does, whatever else stands still, and takes nothing from
// it that has no bound.

import Foundation
import Glibc
import Testing

extension Outside {
    @Suite struct DashboardTests {
        private static func url(_ gateway: Gateway) -> String { "http://127.0.0.1:\(gateway.adminPort)/dashboard" }

        /// What an operator sees, by step.
        private static func script(_ gateway: Gateway, _ options: String...) throws -> Child {
            try Child(
                Package.python(), [Package.client("dashboard_browser.py"), "--url", url(gateway)] + options,
                environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: gateway.workspace)
        }

        private static func step(_ name: String, of script: Child) async throws -> JSONLine {
            try await eventually("the step \(name)", within: .seconds(60), otherwise: { script.transcript }) {
                try #require(script.exitCode ?? 0 == 0, "\(script.transcript)")
                return JSONLine.all(in: script.output).first { $0.text("step") == name }
            }
        }

        /// A dashboard without a browser.
        private static func follow(_ gateway: Gateway, _ options: String...) throws -> Child {
            try Child(
                "curl", ["--silent", "--show-error", "--no-buffer", url(gateway) + "/events"] + options,
                in: gateway.workspace)
        }

        private static func snapshots(_ dashboard: Child) -> Int {
            dashboard.output.components(separatedBy: "event: now\n").count - 1
        }

        @Test(.early) func anOperatorSeesWhatHappensAndWhenNothingComes() async throws {
            try await Gateway.run { gateway in
                let script = try Self.script(
                    gateway, "--stands-still", "--shots", gateway.workspace.folder.path)
                let open = try await Self.step("open", of: script)
                #expect(open.text("headline")?.hasPrefix("All well: 0 streams") == true)
                #expect(open.text("level") == "well")
                let streams = [
                    try await gateway.open(gateway.token("alice")), try await gateway.open(gateway.token("bob")),
                ]
                let backend = try await gateway.backendToken()
                _ = try await gateway.request("/v1/stream")
                try await eventually("moving numbers", within: .seconds(30), otherwise: { script.transcript }) {
                    _ = try await gateway.publish(#"{"to":{"everyone":true},"data":"x"}"#, token: backend)
                    return JSONLine.all(in: script.output).contains { $0.text("step") == "moved" }
                }
                let read = try await Self.step("read", of: script)
                #expect(read.numbers("moments").first ?? 0 > 5 && read.numbers("moments").last == 0)
                #expect(read.flag("held"))
                gateway.child.send(SIGSTOP)
                let lost = try await Self.step("lost", of: script)
                gateway.child.send(SIGCONT)
                #expect(
                    lost.text("level") == "unknown" && lost.text("detail")?.hasPrefix("What you see is from ") == true)
                _ = try await Self.step("back", of: script)
                #expect(try await Self.step("width", of: script).numbers("too_wide").allSatisfy { $0 <= 0 })
                try await script.succeeded(within: .seconds(60))
                let lines = JSONLine.all(in: script.output)
                let shots = lines.filter { $0.text("step") == "shot" }
                #expect(shots.count == 4)
                for shot in shots { #expect(shot.texts("flaws") == [], "\(shot.text("name") ?? "")") }
                // No error, no warning, nothing that the page's own policy forbids.
                #expect(lines.last?.texts("messages") == [])
                for stream in streams { stream.close() }
            }
        }

        @Test func itGoesOnWhileALoopStandsStillAndSaysWhichOne() async throws {
            try await Gateway.run(["listen.event_loops": "2"]) { gateway in
                let dashboard = try Self.follow(gateway)
                let frozen = try await gateway.freeze(loop: 1)
                try await eventually("the loop's name", within: .seconds(15), otherwise: { dashboard.transcript }) {
                    dashboard.output.contains(#""words":"Event loop 1 has not turned for 2 s","broken":true"#)
                }
                let before = Self.snapshots(dashboard)
                try await eventually("three more", within: .seconds(15)) { Self.snapshots(dashboard) >= before + 3 }
                frozen.end()
                try await eventually("its end", within: .seconds(15), otherwise: { dashboard.transcript }) {
                    dashboard.output.contains(#""until":"#)
                }
                dashboard.end()
            }
        }

        @Test func thereAreSixteenAtMostAndProbesHaveTheirPlaces() async throws {
            try await Gateway.run { gateway in
                let dashboards = try (1...16).map { _ in try Self.follow(gateway) }
                for dashboard in dashboards {
                    try await eventually("a snapshot", otherwise: { dashboard.transcript }) {
                        Self.snapshots(dashboard) > 0
                    }
                }
                #expect(try await gateway.admin("/dashboard/events").status == 503)
                // Idle strangers do not take a dashboard's place, nor does a dashboard take a probe's.
                let crowd = try await gateway.crowd(80, "--port", "\(gateway.adminPort)")
                try await gateway.probeInTime("/readyz")
                crowd.end()
                let last = try #require(dashboards.last)
                let before = Self.snapshots(last)
                try await eventually("it goes on", otherwise: { last.transcript }) {
                    Self.snapshots(last) >= before + 2
                }
                for dashboard in dashboards { dashboard.end() }
                try await eventually("a place") {
                    try await gateway.admin("/dashboard/events", "--head").status == 200
                }
            }
        }

        @Test func otherNamesAndOtherPagesGetNothing() async throws {
            try await Gateway.run { gateway in
                for path in ["/dashboard", "/dashboard/events", "/dashboard/dashboard.js"] {
                    #expect(try await gateway.admin(path, "--header", "Host: evil.example").status == 421)
                }
                let other = try await gateway.admin("/dashboard/events", "--header", "Origin: https://evil.example")
                #expect(other.status == 403)
                #expect(try await gateway.admin("/dashboard", "--data", "x").status == 405)
            }
        }

        /// Neither tokens nor events are there to be seen, and the stream ends with the gateway.
        @Test func itKeepsSecretsAndEndsWithTheGateway() async throws {
            let gateway = try await Gateway.start()
            let dashboard = try Self.follow(gateway)
            let (backend, alice) = (try await gateway.backendToken(), try await gateway.token("alice"))
            let stream = try await gateway.open(alice, query: "?topic=hidden")
            _ = try await gateway.publish(
                #"{"to":{"user":"alice"},"event":"private","data":"treasure"}"#, token: backend)
            _ = try await gateway.request("/v1/stream?access_token=\(backend)")
            let before = Self.snapshots(dashboard)
            try await eventually("snapshots behind it") { Self.snapshots(dashboard) >= before + 3 }
            stream.close()
            try await gateway.stop()
            #expect(try await dashboard.ended() == 0, "\(dashboard.transcript)")
            #expect(dashboard.output.hasSuffix("event: end\ndata: {}\n\n"))
            for secret in ["treasure", "private", "hidden", backend, alice] {
                #expect(!dashboard.output.contains(secret))
            }
        }
    }
}
