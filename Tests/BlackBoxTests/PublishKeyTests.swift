// Promise: a publisher's retry is no second event, whatever keys another publisher makes meanwhile.

import Testing

extension Outside {
    @Suite struct PublishKeyTests {
        private static func publish(
            _ gateway: Gateway, key: String, to user: String, token: String
        ) async throws -> Answer {
            try await gateway.request(
                "/v1/publish", "--header", "Idempotency-Key: \(key)", "--json",
                #"{"to":{"user":"\#(user)"},"data":"x"}"#, token: token)
        }

        @Test(arguments: ["memory", "sqlite"])
        func anotherPublishersKeysAreNotFlushed(kind: String) async throws {
            let workspace = try Workspace()
            var settings: Settings = ["limits.publish_keys": "50", "log.kind": kind]
            if kind == "sqlite" { settings = settings.overridden(by: ["log.path": workspace.path("events.db")]) }
            try await Gateway.run(settings) { gateway in
                let (shop, mallory) = try await (
                    gateway.backendToken(), gateway.token("mallory", "--publish", "user:mallory")
                )
                let first = try await Self.publish(gateway, key: "order-1", to: "alice", token: shop)
                #expect(first.status == 200)
                // One curl for all of them.
                let body = #"{"to":{"user":"mallory"},"data":"x"}"#
                for start in [0, 60] {
                    let keys = (start..<start + 60).flatMap { number in
                        [
                            "--next", "--cacert", gateway.certificates.authority, "--silent", "--output", "/dev/null",
                            "--header", "Authorization: Bearer \(mallory)", "--header", "Idempotency-Key: k\(number)",
                            "--json", body, gateway.url + "/v1/publish",
                        ]
                    }
                    _ = try await Child("curl", Array(keys.dropFirst()), in: gateway.workspace).succeeded()
                }
                try await gateway.metric("sluice_log_events", reaches: 121)
                let again = try await Self.publish(gateway, key: "order-1", to: "alice", token: shop)
                #expect(again.status == 200 && again.body == first.body, "the first answer")
                try await gateway.metric("sluice_log_events", reaches: 121)
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_log_events") == 121, "no second event")
                #expect(metrics.sum("sluice_publish_keys") == 50)
                #expect(metrics.sum("sluice_publish_keys_evicted_total") == 71)
                #expect(metrics.sum("sluice_publish_key_bytes") > 50 * 640)
            }
        }
    }
}
