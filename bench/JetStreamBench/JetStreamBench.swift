// Measures the log on JetStream by itself, without TLS and HTTP, beside a bare client of NATS in the same run: how many
// events a second are answered, one at a time and 256 in flight, what they cost this process and the servers, and what
// a replay costs as the log grows. `make bench-jetstream` starts the servers and runs it as a release.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore

@main struct JetStreamBench {
    /// Arguments: the servers' URLs, their processes, on how many of them the stream stands, and what to measure alone.
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 3, let replicas = Int(arguments[2]) else {
            fatalError("JetStreamBench URL[,URL…] PROCESS[,PROCESS…] REPLICAS [publish]")
        }
        let bench = PublishBench(
            urls: arguments[0].split(separator: ",").map(String.init), replicas: replicas,
            servers: arguments[1].split(separator: ",").map { Processor(process: String($0)) })
        try await bench.run()
        guard arguments.count == 3 else { return }
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
    let servers: [Processor]
    /// How many publishes are under way at a time, where they are many.
    private static let many = ProcessInfo.processInfo.environment["IN_FLIGHT"].flatMap { Int($0) } ?? 256
    private static let duration = Duration.seconds(4)
    private static let data = ByteBuffer(repeating: 0x61, count: 150)

    func run() async throws {
        let bare = try await client()
        try await JetStreamStore(settings(stream: "bare"), client: bare).create()
        let node = try await node(stream: "bench")
        print("\n\(urls.count) servers, R\(replicas), 150 bytes each: events/s, and the processor of many in flight\n")
        print("| | one at a time | \(Self.many) in flight | here | the servers |")
        print("|---|---|---|---|---|")
        for round in 1...2 {
            try await row("a bare client, round \(round)") { _ in try await Self.publish(by: bare) }
            let reading = try await read(by: bare)
            try await row("one that reads it all, too, round \(round)") { _ in try await Self.publish(by: bare) }
            reading.cancel()
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
        let (own, others) = (Processor(process: "self").seconds, servers.map(\.seconds).reduce(0, +))
        let many = try await rate(Self.many, body)
        let count = many * (Self.duration / .seconds(1))
        let here = (Processor(process: "self").seconds - own) / count * 1e6
        let there = (servers.map(\.seconds).reduce(0, +) - others) / count * 1e6
        print(
            "| \(name) | \(Int(one).formatted()) | \(Int(many).formatted()) | \(Int(here)) µs | \(Int(there)) µs |")
    }

    /// Has each message brought back, as a node's tail has: all of what a log on the servers can't do without.
    private func read(by client: NATSClient) async throws -> Task<Void, any Error> {
        let inbox = "_INBOX.bench.\(UInt64.random(in: .min ... .max))"
        let subscription = try await client.subscribe(SubjectFilter(try Subject(inbox)))
        let config = """
            {"stream_name":"bare","config":{"deliver_subject":"\(inbox)","deliver_policy":"new","ack_policy":"none",\
            "replay_policy":"instant","max_deliver":1,"flow_control":true,"idle_heartbeat":1000000000,\
            "inactive_threshold":10000000000,"num_replicas":1,"mem_storage":true}}
            """
        let answer = try await client.request(
            Publication(ByteBuffer(string: config), to: try Subject("$JS.API.CONSUMER.CREATE.bare")))
        guard String(buffer: answer.payload).contains("deliver_subject") else {
            throw NATSError(.malformed, String(buffer: answer.payload))
        }
        return Task {
            for try await delivery in subscription {
                for case .message(let message) in [delivery] + subscription.takeWaiting(most: 512) {
                    guard message.payload.readableBytes == 0, let reply = message.reply else { continue }
                    client.publish(Publication(to: reply)) { _ in }
                }
            }
        }
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

/// What a process has used of the processor.
struct Processor {
    /// Its number, or `self`.
    let process: String

    /// By the kernel's account, in hundredths.
    var seconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // proc_pid_stat(5): the name may hold anything but the last parenthesis.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        guard fields.count > 13 else { return 0 }
        return (Double(fields[12]) ?? 0) / 100 + (Double(fields[13]) ?? 0) / 100
    }
}
