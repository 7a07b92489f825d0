// Promise: a service manager hears from a gateway that lives, and no more from one of which a part stands still.

import Foundation
import Testing

extension Outside {
    @Suite(.alone) struct WatchdogTests {
        @Test func aLoopThatStandsStillEndsTheSignsOfLife() async throws {
            let manager = try NotifySocket()
            let gateway = try await Gateway.start(
                ["listen.event_loops": "2"],
                environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "600000"])
            let signs = { manager.messages().filter { $0 == "WATCHDOG=1" }.count }
            let isAlive = { (what: String) in try await eventually(what, within: .seconds(3)) { signs() > 0 } }
            try await isAlive("a sign of life")
            try await isAlive("another")

            let frozen = try await gateway.freeze(loop: 1)
            try await eventually("a gateway that is not ready", within: .seconds(8)) {
                _ = signs()
                return try await gateway.admin("/readyz").status == 503
            }
            _ = signs()
            let clock = ContinuousClock()
            let began = clock.now
            var late = 0
            // Twice the time in which the manager would have given it up.
            try await eventually("silence") {
                late += signs()
                return clock.now - began > .milliseconds(1200)
            }
            #expect(late == 0)

            frozen.end()
            try await isAlive("a sign of life again")
            try await gateway.backToBaseline()
            try await gateway.stop()
            #expect(manager.messages().contains("STOPPING=1"))
        }

        private static func extensions(_ messages: [String]) -> [Int] {
            messages.compactMap { message in
                message.split(separator: "=").last.flatMap { message.hasPrefix("EXTEND_TIMEOUT_USEC") ? Int($0) : nil }
            }
        }

        /// A manager whose own time is shorter kills nothing that is under way: it is asked for all of it.
        @Test func aStopAsksForTheTimeThatItTakes() async throws {
            let manager = try NotifySocket()
            let gateway = try await Gateway.start(
                ["shutdown.delay": "60s", "shutdown.drain": "4s", "listen.event_loops": "2"],
                environment: ["NOTIFY_SOCKET": manager.name])
            let streams = try await [gateway.open(gateway.token("alice")), gateway.open(gateway.token("bob"))]
            _ = manager.messages()
            gateway.child.send(SIGTERM)
            var said: [String] = []
            try await eventually("word of the stop", otherwise: { "\(said)" }) {
                said += manager.messages()
                return Self.extensions(said).count == 1
            }
            #expect(said.first == "STOPPING=1")
            let all = try #require(Self.extensions(said).first)
            #expect(all > 64_000_000, "the delay and the drain")
            // Settings that are reloaded meanwhile count.
            try await gateway.reload(["shutdown.delay": "60s", "shutdown.drain": "5s", "listen.event_loops": "2"])
            gateway.child.send(SIGINT)
            #expect(try await gateway.child.ended(within: .seconds(10)) == 130, "\(gateway.child.transcript)")
            #expect(Self.extensions(manager.messages()) == [all - 59_000_000], "the drain alone, by then of 5 s")
            for stream in streams { stream.close() }
        }
    }
}
