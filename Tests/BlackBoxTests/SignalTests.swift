// Promise: signals that mean no end do not end the gateway, and a second one that does ends the drain.

import Foundation
import Testing

extension Outside {
    @Suite struct SignalTests {
        @Test func aHangupReloadsAndLogRotationIsIgnoredWithALine() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                for (signal, words) in [
                    (SIGHUP, "The configuration was reloaded"), (SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2"),
                ] {
                    gateway.child.send(signal)
                    try await eventually("a line about \(signal)", otherwise: { gateway.child.transcript }) {
                        gateway.child.errors.contains(words)
                    }
                }
                _ = try await gateway.publish(#"{"to":{"user":"alice"},"data":"on"}"#, token: gateway.backendToken())
                try await stream.events(1)
                stream.close()
            }
        }

        private static let pairs: [(Int32, Int32, Int32)] = [
            (SIGTERM, SIGTERM, 143), (SIGINT, SIGINT, 130), (SIGTERM, SIGINT, 130),
        ]

        @Test(arguments: pairs)
        func theSecondEndsTheDrain(first: Int32, second: Int32, code: Int32) async throws {
            let gateway = try await Gateway.start(["shutdown.drain": "60s"])
            let streams = try await [gateway.open(gateway.token("alice")), gateway.open(gateway.token("bob"))]
            gateway.child.send(first)
            try await eventually("the drain", otherwise: { gateway.child.transcript }) {
                gateway.child.errors.contains("Draining.")
            }
            gateway.child.send(second)
            #expect(try await gateway.child.ended(within: .seconds(5)) == code, "\(gateway.child.transcript)")
            for stream in streams { stream.close() }
        }

        @Test func aReaderOfTheLogThatLeavesIsNoEnd() async throws {
            try await Gateway.run { gateway in
                gateway.child.send(SIGPIPE)
                gateway.child.send(SIGXFSZ)
                let stream = try await gateway.open(gateway.token("alice"))
                stream.close()
            }
        }
    }
}
