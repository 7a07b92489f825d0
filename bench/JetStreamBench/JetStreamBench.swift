// Measures the log on JetStream by itself, without TLS and HTTP, beside a bare client of NATS in the same run: how many
// events a second are answered, one at a time and 256 in flight, and what a replay costs as the log grows. `make
// bench-jetstream` starts the servers and runs it as a release.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore

@main struct JetStreamBench {
    /// Arguments: the servers' URLs, and on how many of them the stream stands.
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let urls = arguments.first?.split(separator: ",").map(String.init),
            let replicas = Int(arguments.last ?? "")
        else { fatalError("JetStreamBench URL[,URL…] REPLICAS") }
        let bench = PublishBench(urls: urls, replicas: replicas)
        try await bench.run()
        try await ReplayBench(node: try await bench.node(stream: "replay")).run()
    }
}

/// A node of a log, with what it stands on.
struct Node {
    let log: JetStreamEventLog
    let client: NATSClient

    func close() async {
        await log.close()
        await client.shutdown()
    }
}

/// How many events a second are answered.
struct PublishBench {
    let urls: [String]
    let replicas: Int
    private static let duration = Duration.seconds(4)
    private static let data = ByteBuffer(repeating: 0x61, count: 150)

    func run() async throws {
        let bare = try await client()
        try await JetStreamStore(settings(stream: "bare"), client: bare).create()
        let node = try await node(stream: "bench")
        print("\n\(urls.count) servers, R\(replicas), 150 bytes each: events/s\n")
        print("| | one at a time | 256 in flight |")
        print("|---|---|---|")
        for round in 1...2 {
            try await row("a bare client, round \(round)") { _ in try await Self.publish(by: bare) }
            try await row("the log, round \(round)") { number in try await Self.append(number, to: node.log) }
        }
        await bare.shutdown()
        await node.close()
    }

    func client() async throws -> NATSClient {
        var configuration = NATSConfiguration(servers: try urls.map { url throws(NATSError) in try ServerAddress(url) })
        configuration.pendingBytes = 64 << 20
        let client = NATSClient(configuration)
        try await client.start()
        return client
    }

    func node(stream: String) async throws -> Node {
        let client = try await client()
        let log = try await JetStreamEventLog.open(
            settings(stream: stream), client: client,
            clock: { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
            random: { .random(in: .min ... .max) }, report: { print($0) })
        log.follow(Tail { _ in })
        return Node(log: log, client: client)
    }

    private func settings(stream: String) -> JetStreamSettings {
        let limits = LogSettings(bytes: 4 << 30, events: 100_000_000)
        return JetStreamSettings(stream: stream, replicas: replicas, mayCreate: true, limits: limits)
    }

    private func row(_ name: String, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let one = try await rate(1, body)
        let many = try await rate(256, body)
        print("| \(name) | \(Int(one).formatted()) | \(Int(many).formatted()) |")
    }

    private func rate(_ inFlight: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for publisher in 0..<inFlight {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < start + Self.duration {
                        try await body(publisher + count)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// The same bytes into a stream of the same form: what an acknowledged publish costs without a log around it.
    private static func publish(by client: NATSClient) async throws {
        let answer = try await client.request(
            Publication(data, to: try Subject("bare.e.a")), timeout: .seconds(10))
        guard answer.payload.readableBytes > 0 else { throw NATSError(.malformed, "no acknowledgement") }
    }

    private static func append(_ number: Int, to log: any EventLog) async throws {
        try await log.append(NewEvent(audience: .user("user \(number % 2000)"), name: nil, data: data))
    }
}
