// Promise: a gateway that is told to stop ends its streams so that readers come back, and exits within its deadline.

import Foundation
import Testing

extension Outside {
    @Suite struct ShutdownTests {
        @Test(arguments: [SIGTERM, SIGINT])
        func streamsEndCleanlyAndTheProcessWithThem(signal: Int32) async throws {
            let gateway = try await Gateway.start(["shutdown.drain": "2s"])
            let alice = try await gateway.token("alice")
            let streams = try await [gateway.open(alice), gateway.open(alice), gateway.open(gateway.token("bob"))]
            gateway.child.send(signal)
            for stream in streams {
                #expect(try await stream.ended(within: .seconds(5)) == 0, "\(stream.child.transcript)")
            }
            #expect(try await gateway.child.ended(within: .seconds(5)) == 0, "\(gateway.child.transcript)")
        }

        @Test func itServesOnUnreadyBeforeItDrains() async throws {
            let gateway = try await Gateway.start(["shutdown.delay": "60s", "shutdown.drain": "0s"])
            let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
            let before = try await gateway.open(alice)
            gateway.child.send(SIGTERM)
            try await eventually("a gateway that is not ready", otherwise: { gateway.child.transcript }) {
                let answer = try await gateway.admin("/readyz")
                return answer.status == 503 && answer.body == "not ready: stopping soon\n"
            }
            #expect(try await gateway.admin("/livez").status == 200)
            let after = try await gateway.open(alice)
            let answer = try await gateway.publish(#"{"to":{"user":"alice"},"data":"on"}"#, token: backend)
            #expect(answer.status == 200)
            for stream in [before, after] {
                #expect(try await stream.events(1).map(\.data) == ["on"])
            }
            // The second signal ends the delay, as it does the drain.
            gateway.child.send(SIGTERM)
            for stream in [before, after] { _ = try await stream.ended(within: .seconds(5)) }
            #expect(try await gateway.child.ended(within: .seconds(5)) == 143, "\(gateway.child.transcript)")
        }

        @Test func theDelaysEndBeginsTheDrain() async throws {
            let gateway = try await Gateway.start(["shutdown.delay": "300ms", "shutdown.drain": "0s"])
            let stream = try await gateway.open(gateway.token("alice"))
            gateway.child.send(SIGTERM)
            #expect(try await stream.ended(within: .seconds(5)) == 0, "\(stream.child.transcript)")
            #expect(try await gateway.child.ended(within: .seconds(5)) == 0, "\(gateway.child.transcript)")
            let said = gateway.child.errors
            let (soon, drain) = (said.range(of: "Stopping soon."), said.range(of: "Draining."))
            #expect(try #require(soon).lowerBound < (try #require(drain)).lowerBound)
        }

        @Test(arguments: [0, 1]) func aLoopThatStandsStillDoesNotHoldItUp(loop: Int) async throws {
            let gateway = try await Gateway.start(["shutdown.drain": "1s", "listen.event_loops": "2"])
            let stream = try await gateway.open(gateway.token("alice"))
            let frozen = try await gateway.freeze(loop: loop)
            gateway.child.send(SIGTERM)
            // The process itself can't end before its thread is let go of, which is the tracer's doing.
            try await eventually("the drain's end", within: .seconds(10), otherwise: { gateway.child.transcript }) {
                gateway.child.errors.contains("Drained.")
            }
            frozen.end()
            #expect(try await gateway.child.ended(within: .seconds(10)) == 0, "\(gateway.child.transcript)")
            stream.close()
        }

        @Test func aReaderThatNeverReadsDoesNotHoldItUp() async throws {
            let gateway = try await Gateway.start(["shutdown.drain": "2s"])
            let stalled = try await gateway.startClient(
                "stalled.py", ["--token", gateway.token("mallory"), "--count", "3"])
            try await gateway.metric("sluice_streams", reaches: 3)
            let data = String(repeating: "x", count: 30000)
            let file = try gateway.workspace.write(#"{"to":{"user":"mallory"},"data":"\#(data)"}"#, to: "large")
            let backend = try await gateway.backendToken()
            for _ in 1...20 { _ = try await gateway.publish("@" + file, token: backend) }
            gateway.child.send(SIGTERM)
            #expect(try await gateway.child.ended(within: .seconds(6)) == 0, "\(gateway.child.transcript)")
            stalled.end()
        }

        @Test func noNewConnectionIsAcceptedMeanwhile() async throws {
            let gateway = try await Gateway.start(["shutdown.drain": "2s"])
            try await gateway.stop()
            let late = try Child("curl", ["--silent", "--insecure", gateway.url], in: gateway.workspace)
            #expect(try await late.ended() == 7)
        }
    }
}
