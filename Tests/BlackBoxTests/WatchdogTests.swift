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
    }
}
