// Promise: a log's streams are made only where that is wished, and one that is otherwise than it has to be is refused
// with what differs, with each version of the server.

import EventLog
import JetStreamEventLog
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct JetStreamStoreTests {
        private static func run(
            _ version: NATSServer.Version, _ configuration: String = #"jetstream { store_dir: "store" }"#,
            _ body: (NATSCaller) async throws -> Void
        ) async throws {
            let server = try await NATSServer.start(version, configuration)
            let caller = try await NATSCaller.started(server.url)
            try await body(caller)
            await caller.client.shutdown()
        }

        private static func settings(mayCreate: Bool = false, bytes: Int = 1 << 24) -> JetStreamSettings {
            JetStreamSettings(mayCreate: mayCreate, limits: LogSettings(bytes: bytes, seconds: 3600))
        }

        private static func refusal(_ settings: JetStreamSettings, _ caller: NATSCaller) async -> EventLogError? {
            do {
                let log = try await JetStreamEventLog.open(
                    settings, client: caller.client, clock: { WallTime(milliseconds: 0) },
                    random: { .random(in: .min ... .max) },
                    report: { _ in })
                await log.close()
                return nil
            } catch {
                return error
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aMissingStreamIsMadeOnlyWhereThatIsWished(version: NATSServer.Version) async throws {
            try await Self.run(version) { caller in
                let refusal = await Self.refusal(Self.settings(), caller)
                #expect(refusal?.message.contains("`sluice log create` makes it") == true)
                let store = JetStreamStore(Self.settings(), client: caller.client)
                #expect(try await store.examine().missing == ["sluice", "sluice_state"])
                #expect(try await store.create() == ["sluice", "sluice_state"])
                #expect(try await store.create() == [])
                #expect(await Self.refusal(Self.settings(), caller) == nil)
                let findings = try await store.examine()
                #expect(findings.missing == [] && findings.differences == [], "\(findings.differences)")
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aStreamThatIsOtherwiseIsRefusedWithWhatDiffers(version: NATSServer.Version) async throws {
            try await Self.run(version) { caller in
                try await JetStreamStore(Self.settings(), client: caller.client).create()
                var other = Self.settings(mayCreate: true, bytes: 1 << 25)
                other.limits.events = 5
                other.eventBytes = 2 << 20
                let message = try #require(await Self.refusal(other, caller)).message
                #expect(message.contains("max_bytes is 16777216, and should be 33554432"))
                #expect(message.contains("max_msgs is 1000000, and should be 5"))
                #expect(message.contains("max_msg_size"))
                #expect(!message.contains("max_age") && !message.contains("sluice_state"), "\(message)")
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func manyNodesThatBeginAtOnceMakeOneStore(version: NATSServer.Version) async throws {
            try await Self.run(version) { caller in
                let refusals = await withTaskGroup(of: EventLogError?.self) { group in
                    for _ in 1...5 { group.addTask { await Self.refusal(Self.settings(mayCreate: true), caller) } }
                    return await group.reduce(into: [EventLogError?]()) { $0.append($1) }
                }
                #expect(refusals.allSatisfy { $0 == nil }, "\(refusals)")
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aServerWithoutJetStreamIsSaidToBeThat(version: NATSServer.Version) async throws {
            try await Self.run(version, "") { caller in
                var settings = Self.settings()
                settings.openingTime = .milliseconds(100)
                let error = await Self.refusal(settings, caller)
                #expect(error?.message.contains("JetStream is not enabled") == true, "\(error as Any)")
            }
        }
    }
}
