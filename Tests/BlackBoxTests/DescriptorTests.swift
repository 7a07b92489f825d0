// Promise: when the system gives no more descriptors, the gateway rests, its probes answer, and it goes on by itself.

import Testing

extension Outside {
    @Suite(.alone) struct DescriptorTests {
        @Test(arguments: [64, 256, 1024])
        func moreConnectionsThanOpenFilesCostNothing(openFiles: Int) async throws {
            try await Gateway.run(openFiles: openFiles) { gateway in
                #expect(gateway.child.errors.split(separator: "\n").count { $0.contains("fewer open files") } == 1)
                let alice = try await gateway.token("alice")
                let stream = try await gateway.open(alice)
                let crowd = try await gateway.crowd(openFiles + 76, "--stay-away")
                try await eventually("who made way is gone") {
                    try await gateway.metrics().sum("sluice_connections", where: "turned-away") == 0
                }
                try await gateway.rests()
                for path in ["/livez", "/readyz", "/metrics"] { try await gateway.probeInTime(path) }
                #expect(try await gateway.request("/v1/stream", "--head", token: alice).status == 200)
                crowd.end()
                #expect(try await gateway.request("/v1/stream", "--head", token: alice).status == 200)
                #expect(stream.child.exitCode == nil)
                stream.close()
            }
        }

        /// Something else may take them, or the whole machine may have none left.
        @Test func withoutADescriptorLeftItRestsAndGoesOnByItself() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                try await gateway.limit(openFiles: Int(gateway.metrics().openDescriptors) + 6)
                let crowd = try await gateway.crowd(40, "--stay-away")
                try await gateway.metric("sluice_accept_pauses_total", where: "public", reaches: 1)
                try await gateway.rests()
                for path in ["/livez", "/readyz", "/metrics"] { try await gateway.probeInTime(path) }
                crowd.end()
                #expect(try await gateway.request("/v1/stream", "--head", token: alice).status == 200)
                // The admin listener may have a line of its own: what was kept for it is anybody's once it is given up.
                let lines = gateway.child.errors.split(separator: "\n").filter { $0.contains("can't be accepted") }
                #expect(lines.count { $0.contains("public") } == 1, "\(lines)")
            }
        }
    }
}
