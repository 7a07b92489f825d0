// Measures the log on JetStream by itself, without TLS and HTTP, beside a bare client of NATS in the same run: how many
// events a second are answered, one at a time and 256 in flight, what they cost this process and the servers, and what
// a replay costs as the log grows. `make bench-jetstream` starts the servers and runs it as a release. LEADER=far has
// the streams led by another server than the one that is asked.

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
    private static let rounds = 3
    private static let duration = Duration.seconds(3)
    /// As `jetstream.sh` names the first server and the second.
    private static let leader = ProcessInfo.processInfo.environment["LEADER"] == "far" ? "n2" : "n1"
    private static let data = ByteBuffer(repeating: 0x61, count: 150)

    func run() async throws {
        let bare = try await client()
        try await JetStreamStore(settings(stream: "bare"), client: bare).create()
        let node = try await node(stream: "bench")
        if urls.count > 1 {
            for stream in ["bare", "bench"] { try await Leading(client: bare, stream: stream).move(to: Self.leader) }
        }
        print("\n\(urls.count) servers, R\(replicas), 150 bytes each: events/s, and the processor of many in flight\n")
        print("| | one at a time | \(Self.many) in flight | here | the servers | of the bare client's |")
        print("|---|---|---|---|---|---|")
        for round in 1...Self.rounds { try await run(round, bare, node.log) }
        await bare.shutdown()
        await node.close()
    }

    private func run(_ round: Int, _ bare: NATSClient, _ log: any EventLog) async throws {
        let most = try await row("a bare client, round \(round)") { _ in try await Self.publish(by: bare) }
        _ = try await row("one that writes the log's messages", of: most) { try await Self.publish($0, by: bare) }
        let reading = try await read(by: bare)
        _ = try await row("and reads all of it, too", of: most) { try await Self.publish($0, by: bare) }
        reading.cancel()
        _ = try await row("the log", of: most) { try await Self.append($0, to: log) }
    }

    func client() async throws -> NATSClient {
        // All go through the first server: what a publish costs depends on whether that one leads the stream.
        var configuration = NATSConfiguration(servers: [try ServerAddress(urls[0])])
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

    /// - Parameter most: what the share is of.
    /// - Returns: how many a second were answered, of many in flight.
    private func row(
        _ name: String, of most: Double? = nil, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Double {
        let one = try await rate(1, body)
        let (own, others) = (Processor(process: "self").seconds, servers.map(\.seconds).reduce(0, +))
        let many = try await rate(Self.many, body)
        let count = many * (Self.duration / .seconds(1))
        let here = (Processor(process: "self").seconds - own) / count * 1e6
        let there = (servers.map(\.seconds).reduce(0, +) - others) / count * 1e6
        let share = most.map { (many / $0).formatted(.number.precision(.fractionLength(2))) } ?? ""
        let figures = [one, many].map { Int($0).formatted() } + ["\(Int(here)) µs", "\(Int(there)) µs", share]
        print("| \(name) | \(figures.joined(separator: " | ")) |")
        return many
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

    /// The log's own messages: to as many users, with the line of JSON before the data.
    private static func publish(_ number: Int, by client: NATSClient) async throws {
        let digits = String(number % users, radix: 16)
        let subject = try Subject("bare.e.u." + String(repeating: "0", count: 32 - digits.utf8.count) + digits)
        var payload = ByteBuffer()
        payload.reserveCapacity(192)
        payload.writeString("{\"v\":1,\"user\":\"user \(number % users)\",\"streams\":0}\n")
        payload.writeImmutableBuffer(data)
        let answer = try await client.request(Publication(payload, to: subject), timeout: .seconds(10))
        guard answer.payload.readableBytes > 0 else { throw NATSError(.malformed, "no acknowledgement") }
    }

    private static let users = 2000

    private static func append(_ number: Int, to log: any EventLog) async throws {
        try await log.append(NewEvent(audience: .user("user \(number % users)"), name: nil, data: data))
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
