// Promise: a publisher that writes much pushes out nothing that another published just now: its readers resume without
// a gap, and who wrote too much is told when to come again.

import Testing

extension Outside {
    @Suite struct PublisherShareTests {
        /// A log of twenty events, and what a flood by another did to the modest publisher's reader.
        ///
        /// - Returns: what the reader gets when it comes back, and how the flood's batches were answered.
        private static func flood(
            _ kind: String, _ more: Settings = [:], _ check: (Gateway, Answer) async throws -> Void = { _, _ in }
        ) async throws -> [String?] {
            let workspace = try Workspace()
            var settings: Settings = ["log.retention.events": "20", "log.kind": kind]
            if kind == "sqlite" { settings = settings.overridden(by: ["log.path": workspace.path("events.db")]) }
            var events: [String?] = []
            try await Gateway.run(settings.overridden(by: more)) { gateway in
                let (modest, mallory, alice) = try await (
                    gateway.token("modest", "--publish", "user:alice"), gateway.backendToken(), gateway.token("alice")
                )
                func publish(_ data: String) async throws -> Int {
                    let body = #"{"to":{"user":"alice"},"data":"\#(data)"}"#
                    return try await gateway.publish(body, token: modest).status
                }
                let reader = try await gateway.open(alice)
                #expect(try await publish("1") == 200)
                let id = try #require(try await reader.events(1).first?.id)
                reader.close()
                #expect(try await publish("2") == 200)
                // Six batches of fifty by one curl: more than the log holds, and than a file keeps beyond that.
                let line = #"{"to":{"user":"mallory"},"data":"x"}"# + "\n"
                let file = try gateway.workspace.write(String(repeating: line, count: 50), to: "flood.ndjson")
                let answer = try await gateway.request(
                    "/v1/publish?[1-6]", "--header", "Content-Type: application/x-ndjson", "--data-binary", "@\(file)",
                    token: mallory)
                #expect(try await publish("3") == 200)
                try await check(gateway, answer)
                let again = try await gateway.open(alice, "--header", "Last-Event-ID: \(id)")
                events = try await again.events(2).map { $0.event ?? $0.data }
                again.close()
            }
            return events
        }

        @Test(arguments: ["memory", "sqlite"])
        func theModestOnesReaderResumesWithoutAGap(kind: String) async throws {
            let events = try await Self.flood(kind) { gateway, answer in
                #expect(answer.status == 429 && answer.body.contains(#""code":"log-share-full""#), "\(answer.body)")
                let seconds = answer["retry-after"].flatMap { Int($0) }
                #expect(seconds.map { (1...60).contains($0) } == true, "\(answer.fields)")
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_log_failures_total", where: "log-share-full") == 6)
            }
            #expect(events == ["2", "3"])
        }

        @Test func withoutSharesItHasAGap() async throws {
            let events = try await Self.flood("memory", ["log.retention.share_age": "0s"]) { _, answer in
                #expect(answer.status == 200)
            }
            #expect(events.first == "sluice.gap")
        }
    }
}
