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
    /// A disk has better and worse seconds, so many short rounds say more than few long ones.
    private static let rounds = 20
    /// For profiles: ROWS=log measures nothing beside it.
    private static let isLogAlone = ProcessInfo.processInfo.environment["ROWS"] == "log"
    private static let duration = Duration.milliseconds(500)
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
        var rows = [Row("a bare client"), Row("one that writes the log's messages"), Row("and reads all of it, too")]
        rows.append(Row("the log"))
        for _ in 1...Self.rounds {
            if !Self.isLogAlone { try await measure(&rows, by: bare) }
            try await measure(&rows[3]) { Self.append($0, to: node.log, $1) }
        }
        print("\n\(urls.count) servers, R\(replicas), 150 bytes each: medians of \(Self.rounds) rounds in turn\n")
        print("| | one at a time | \(Self.many) in flight | here | the servers | of the bare client's |")
        print("|---|---|---|---|---|---|")
        for row in rows { print(row.line(beside: rows[0])) }
        await bare.shutdown()
        await node.close()
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

    private func measure(_ rows: inout [Row], by bare: NATSClient) async throws {
        try await measure(&rows[0]) { Self.publish(by: bare, $1) }
        try await measure(&rows[1]) { Self.publish($0, by: bare, $1) }
        let reading = try await read(by: bare)
        try await measure(&rows[2]) { Self.publish($0, by: bare, $1) }
        reading.cancel()
    }

    private func measure(_ row: inout Row, _ body: @escaping Publish) async throws {
        row.one.append(Double(try await run(1, for: Self.duration / 2, body)) / (Self.duration / 2 / .seconds(1)))
        let (own, others) = (Processor(process: "self").seconds, servers.map(\.seconds).reduce(0, +))
        let count = try await run(Self.many, for: Self.duration, body)
        row.many.append(Double(count) / (Self.duration / .seconds(1)))
        row.count += Double(count)
        row.here += Processor(process: "self").seconds - own
        row.there += servers.map(\.seconds).reduce(0, +) - others
    }

    private func run(_ inFlight: Int, for duration: Duration, _ body: @escaping Publish) async throws -> Int {
        try await Pump(until: .now + duration, body).run(inFlight)
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

    /// The same bytes into a stream of the same form: what an acknowledged publish costs without a log around it.
    private static func publish(by client: NATSClient, _ done: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        do {
            ask(client, Publication(data, to: try Subject("bare.e.a")), done)
        } catch {
            done(.failure(error))
        }
    }

    /// The log's own messages: to as many users, with the line of JSON before the data.
    private static func publish(
        _ number: Int, by client: NATSClient, _ done: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        let digits = String(number % users, radix: 16)
        var payload = ByteBuffer()
        payload.reserveCapacity(192)
        payload.writeString("{\"v\":1,\"user\":\"user \(number % users)\",\"streams\":0}\n")
        payload.writeImmutableBuffer(data)
        do {
            let subject = try Subject("bare.e.u." + String(repeating: "0", count: 32 - digits.utf8.count) + digits)
            ask(client, Publication(payload, to: subject), done)
        } catch {
            done(.failure(error))
        }
    }

    private static func ask(
        _ client: NATSClient, _ publication: Publication,
        _ done: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        client.request(publication, timeout: .seconds(10)) { result in
            switch result {
            case .success(let answer) where answer.payload.readableBytes > 0: done(.success(()))
            case .success: done(.failure(NATSError(.malformed, "no acknowledgement")))
            case .failure(let error): done(.failure(error))
            }
        }
    }

    private static let users = 2000

    private static func append(
        _ number: Int, to log: any EventLog, _ done: @escaping @Sendable (Result<Void, any Error>) -> Void
    ) {
        let event = NewEvent(audience: .user("user \(number % users)"), name: nil, data: data)
        log.append(EventBatch([event])) { result in done(result.map { _ in }.mapError { $0 }) }
    }
}

/// What was measured of one way to publish.
struct Row {
    let name: String
    /// Of each round, how many a second.
    var one: [Double] = []
    var many: [Double] = []
    /// Of all rounds, how many there were of many in flight, and seconds of the processor for them, in this process and
    /// in the servers.
    var count = 0.0
    var here = 0.0
    var there = 0.0

    init(_ name: String) { self.name = name }

    /// Rates vary from second to second by a third, so what is compared is what was measured next to each other.
    func line(beside bare: Row) -> String {
        let shares = zip(many, bare.many).map { $0 / $1 }.sorted()
        func text(_ value: Double, _ digits: Int) -> String {
            value.formatted(.number.precision(.fractionLength(digits)))
        }
        let quarters = shares.isEmpty ? [] : [shares[shares.count / 4], shares[shares.count * 3 / 4]]
        let share = "\(text(median(shares), 2)) (\(quarters.map { text($0, 2) }.joined(separator: "–")))"
        let rates = [one, many].map { Int(median($0)).formatted() }
        let costs = [here, there].map { "\(text($0 / count * 1e6, 1)) µs" }
        return "| \(([name] + rates + costs + [share]).joined(separator: " | ")) |"
    }

    private func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
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
