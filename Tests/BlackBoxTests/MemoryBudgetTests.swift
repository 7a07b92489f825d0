// Promise: whatever peers have the gateway hold, with or without a token, it stays within its accounts and what a
// connection costs; and who does nothing of the kind notices nothing.

import Foundation
import Glibc
import Testing

/// A way to have memory held for nothing. The client that goes it takes none of what it asks for.
struct Hoard: Sendable, CustomTestStringConvertible {
    enum Credential: Sendable { case none, reader, publisher }

    let way: String
    let connections: Int
    /// What each connection asks for.
    let each: Int
    var credential = Credential.none
    /// The account that it fills.
    var account = Account.held

    /// How large an account is in these tests, in bytes.
    enum Account: Double, Sendable {
        case held = 8_388_608
        case log = 4_194_304
        /// The keys', and the log that their events are in.
        case keys = 12_582_912
        /// The streams', and the log and the inboxes that they are behind.
        case streams = 29_360_128
    }

    var testDescription: String { way }

    static let all = [
        Hoard(way: "answers", connections: 50, each: 100), Hoard(way: "refusals", connections: 50, each: 100),
        Hoard(way: "pipeline", connections: 50, each: 1000),
        Hoard(way: "lines", connections: 20, each: 30, credential: .publisher),
        Hoard(way: "bodies", connections: 20, each: 100, credential: .publisher),
        Hoard(way: "bodies-one", connections: 60, each: 1, credential: .publisher),
        Hoard(way: "sign-outs", connections: 60, each: 1),
        Hoard(way: "ungranted", connections: 60, each: 1, credential: .reader),
        Hoard(way: "control", connections: 50, each: 2000), Hoard(way: "unknown", connections: 20, each: 2000),
        Hoard(way: "streams-shut", connections: 2, each: 30, credential: .reader),
        Hoard(way: "audiences", connections: 1, each: 150, credential: .publisher, account: .log),
        Hoard(way: "keys", connections: 1, each: 300, credential: .publisher, account: .keys),
        Hoard(way: "slow-readers", connections: 20, each: 100, credential: .publisher, account: .streams),
    ]
}

extension Outside {
    @Suite(.alone) struct MemoryBudgetTests {
        /// Small accounts, so that little fills them.
        private static let settings: Settings = [
            "limits.held": "8MiB", "log.retention.bytes": "4MiB", "stream.buffer_total": "8MiB",
            "stream.buffer": "1MiB", "limits.publish_key_bytes": "8MiB", "listen.event_loops": "2",
        ]
        /// What a connection may cost beside the accounts, as the budget has it: its state, its head, its ciphertext.
        private static let connectionBytes = 192.0 * 1024

        private static func start(_ hoard: Hoard, at gateway: Gateway) async throws -> Child {
            let token =
                switch hoard.credential {
                case .none: ""
                case .reader: try await gateway.token("mallory")
                case .publisher: try await gateway.backendToken()
                }
            return try gateway.startClient(
                "hoarders.py",
                [
                    "--way", hoard.way, "--connections", "\(hoard.connections)", "--each", "\(hoard.each)", "--token",
                    token,
                ])
        }

        /// - Returns: how often it did the same again, if it was told to go on.
        @discardableResult
        private static func end(_ client: Child) async throws -> Double? {
            client.send(SIGTERM)
            return JSONLine.all(in: try await client.succeeded()).last?.number("rounds")
        }

        /// Starts a client, and waits until it has sent all that it has to send.
        private static func hoard(_ hoard: Hoard, at gateway: Gateway) async throws -> Child {
            let client = try await start(hoard, at: gateway)
            try await eventually("everything sent", within: .seconds(90), otherwise: { client.transcript }) {
                !JSONLine.all(in: client.output).isEmpty
            }
            return client
        }

        @Test(arguments: Hoard.all) func whatIsHeldHasALimit(hoard: Hoard) async throws {
            try await Gateway.run(Self.settings) { gateway in
                let before = try await gateway.metrics().residentBytes
                let client = try await Self.hoard(hoard, at: gateway)
                let metrics = try await gateway.metrics()
                let bound =
                    hoard.account.rawValue + Double(hoard.connections) * Self.connectionBytes + Gateway.residentSlack
                let grown = metrics.residentBytes - before
                #expect(grown <= bound, "\(Int(grown) / 1024) KiB of \(Int(bound) / 1024)")
                #expect(metrics.sum("sluice_held_bytes") <= Hoard.Account.held.rawValue)
                if Self.isLong { print("budget: \(hoard.way) grew \(Int(grown) / 1024) KiB of \(Int(bound) / 1024)") }
                try await Self.end(client)
                try await eventually("an empty account") { try await gateway.metrics().sum("sluice_held_bytes") == 0 }
            }
        }

        // MARK: All at once

        /// `SLUICE_BUDGET_STREAMS=1000 swift test --filter MemoryBudgetTests` (or `make budget`) is the long form.
        private static let streams = ProcessInfo.processInfo.environment["SLUICE_BUDGET_STREAMS"] ?? "100"
        private static let isLong = streams != "100"

        /// What the test reads of the bench's report.
        private struct Load: Decodable {
            let deliveries, lost: Int
            let latencyP99Us: Double
            let flawless: Bool
        }

        private static func load(_ gateway: Gateway) async throws -> Load {
            let output = try await Child(
                Package.program(),
                [
                    "bench", "--url", gateway.url, "--ca", gateway.certificates.authority, "--keys",
                    gateway.certificates.tokenKeys, "--streams", streams, "--duration", isLong ? "10s" : "2s", "--rate",
                    "250", "--json",
                ], in: gateway.workspace
            ).succeeded(within: .seconds(60))
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Load.self, from: Data(output.utf8))
        }

        /// How long the largest of their requests, a thousand bad lines or 150 events to a thousand users each, may
        /// keep a loop. Without optimisation that was 54 ms; a release, which `SLUICE_PROGRAM` names, takes less than
        /// one.
        private static let requestMicroseconds: Double =
            ProcessInfo.processInfo.environment["SLUICE_PROGRAM"] == nil ? 200_000 : 0

        @Test func allAtOnceTakeNothingFromOthers() async throws {
            let patient: Settings = [
                "limits.body_timeout": "5m", "limits.idle_timeout": "5m", "limits.stranger_lifetime": "5m",
                "log.retention.events": "1000000",
            ]
            let more = Gateway.residentSlackPerStream * Double((Int(Self.streams) ?? 0) - 100)
            let keeping = Hoard.Account.keys.rawValue + Hoard.Account.held.rawValue + more
            try await Gateway.run(Self.settings.overridden(by: patient), keeping: keeping) { gateway in
                let before = try await gateway.metrics().residentBytes
                let quiet = try await Self.load(gateway)
                var clients: [Child] = []
                for hoard in Hoard.all { clients.append(try await Self.hoard(hoard, at: gateway)) }
                let beside = try await Self.load(gateway)
                for client in clients { client.send(SIGUSR1) }
                let meanwhile = try await Self.load(gateway)
                let metrics = try await gateway.metrics()
                let connections = Double(Hoard.all.reduce(Int(Self.streams) ?? 0) { $0 + $1.connections })
                let accounts = [Hoard.Account.held, .keys, .streams].reduce(0) { $0 + $1.rawValue }
                let bound = accounts + connections * Self.connectionBytes + Gateway.residentSlack
                let grown = metrics.residentBytes - before
                #expect(grown <= bound, "\(Int(grown) / 1024) KiB of \(Int(bound) / 1024)")
                for load in [quiet, beside, meanwhile] {
                    #expect(load.flawless && load.lost == 0 && load.deliveries > 0)
                }
                // A millisecond more or less is the machine's.
                let limit = quiet.latencyP99Us * 1.5 + 1000
                #expect(beside.latencyP99Us <= limit, "\(quiet.latencyP99Us) µs when it was quiet")
                #expect(
                    meanwhile.latencyP99Us <= limit + Self.requestMicroseconds,
                    "\(quiet.latencyP99Us) µs when it was quiet")
                print(
                    "budget: all at once, \(Self.streams) streams beside them: grew \(Int(grown) / 1024) KiB of "
                        + "\(Int(bound) / 1024), p99 \(quiet.latencyP99Us) → \(beside.latencyP99Us) µs, while they go on "
                        + "\(meanwhile.latencyP99Us) µs, "
                        + "\(beside.deliveries) deliveries, \(beside.lost) lost")
                for (client, hoard) in zip(clients, Hoard.all) {
                    #expect(try await Self.end(client) ?? 0 > 0, "\(hoard.way) had stopped")
                }
            }
        }
    }
}
