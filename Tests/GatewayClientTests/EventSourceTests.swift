import EventStream
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import GatewayClient

/// A whole event source against a server on this machine: what it asks, what it tells, and when it comes back.
@Suite(.timeLimit(.minutes(10))) struct EventSourceTests {
    typealias Answer = ScriptedGateway.Answer

    private static let done = Answer(status: .noContent, headers: [:])

    /// A clock on which every connection has lasted.
    private static func leapingClock() -> @Sendable () -> ContinuousClock.Instant {
        let now = NIOLockedValueBox(ContinuousClock.now)
        return {
            now.withLockedValue {
                $0 += .seconds(10); return $0
            }
        }
    }

    /// Listens until the end and returns all messages.
    private func listen(
        to gateway: ScriptedGateway, lastEventID: String? = nil, waits: NIOLockedValueBox<[Duration]> = .init([])
    ) async throws -> [EventSourceMessage] {
        let source = EventSource(
            .init(
                token: try BearerToken("abc"), topics: ["news"], lastEventID: try lastEventID.map { try EventID($0) },
                maximumEventBytes: 4096),
            connector: gateway.plainConnector,
            surroundings: .init(
                sleep: { wait in waits.withLockedValue { $0.append(wait) } }, jitter: { 0 }, now: Self.leapingClock()))
        var messages: [EventSourceMessage] = []
        for await message in source { messages.append(message) }
        try await gateway.close()
        return messages
    }

    @Test func `tells events, comments and the end`() async throws {
        let gateway = try await ScriptedGateway(script: [
            Answer(body: "retry: 100\n\n: hello\n\nid: e-1\nevent: comment\ndata: a\ndata: b\n\n"), Self.done,
        ])
        let waits = NIOLockedValueBox<[Duration]>([])
        let messages = try await listen(to: gateway, waits: waits)
        #expect(messages.map(\.kind) == ["opened", "comment", "event", "reconnecting", "closed"])
        #expect(messages.events == [ServerSentEvent(lastEventID: "e-1", event: "comment", data: "a\nb")])
        #expect(waits.withLockedValue { $0 } == [.milliseconds(100)])
        #expect(messages.closingReason?.code == .ended)
    }

    @Test func `the largest event that a gateway may send fits`() throws {
        // The same in small where each byte is a line of its own.
        let surplus = EventSource.Configuration.largestEventBytes - (16 << 20)
        let events = [
            (String(repeating: "x", count: 16 << 20), EventSource.Configuration.largestEventBytes),
            (String(repeating: "\ndata: ", count: 10_000), 10_000 + surplus),
        ]
        for (line, limit) in events {
            var parser = EventStreamParser(limit: limit)
            let text =
                "id: \(String(repeating: "i", count: 255))\nevent: \(String(repeating: "e", count: 255))\ndata: \(line)\n\n"
            var items: [EventStreamItem] = []
            try parser.feed(ByteBuffer(string: text), into: &items)
            #expect(items.count == 1)
        }
    }

    @Test func `comes back behind the last event, and not behind a cut one`() async throws {
        let gateway = try await ScriptedGateway(script: [
            Answer(body: "id: e-1\ndata: 1\n\nid: e-2\ndata: 2\n", ending: .cut),
            Answer(body: "data: 2\n\n", ending: .cut), Answer(body: "id: e-3\n\n", ending: .cut), Self.done,
        ])
        let messages = try await listen(to: gateway, lastEventID: "e-0")
        #expect(messages.events.map(\.data) == ["1", "2"])
        #expect(gateway.requests.map { $0.head.headers["Last-Event-ID"] } == [["e-0"], ["e-1"], ["e-1"], ["e-3"]])
        #expect(gateway.requests.map(\.head.uri) == Array(repeating: "/v1/stream?topic=news", count: 4))
    }

    @Test func `a refusal ends it, with the gateway's own words`() async throws {
        let problem = #"{"title":"Unauthorized","status":401,"detail":"the token is expired","code":"token-expired"}"#
        let gateway = try await ScriptedGateway(script: [
            Answer(status: .unauthorized, headers: ["Content-Type": "application/problem+json"], body: problem)
        ])
        let messages = try await listen(to: gateway)
        #expect(messages.map(\.kind) == ["closed"])
        #expect(
            messages.closingReason?.message == "the gateway refused (401 token-expired): the token is expired")
    }

    @Test func `trouble of the server is waited out, longer each time`() async throws {
        let failure = Answer(status: .serviceUnavailable, headers: ["Content-Type": "text/html"], body: "<p>no</p>")
        let gateway = try await ScriptedGateway(script: [failure, Answer(ending: .none), failure, Self.done])
        let waits = NIOLockedValueBox<[Duration]>([])
        let messages = try await listen(to: gateway, waits: waits)
        #expect(messages.map(\.kind) == ["reconnecting", "reconnecting", "reconnecting", "closed"])
        #expect(waits.withLockedValue { $0 } == [.seconds(3), .seconds(6), .seconds(12)])
    }

    @Test func `a rejection is told and comes back only when it may`() async throws {
        func rejected(_ data: String) -> Answer {
            Answer(body: "retry: 10\n\nevent: sluice.rejected\ndata: \(data)\n\n")
        }
        let gateway = try await ScriptedGateway(script: [
            rejected(#"{"code":"streams-limit","detail":"full","retryable":true}"#),
            rejected(#"{"code":"token-expired","detail":"get a new one","retryable":false}"#),
        ])
        let messages = try await listen(to: gateway)
        #expect(messages.map(\.kind) == ["opened", "rejected", "reconnecting", "opened", "rejected", "closed"])
        #expect(messages.closingReason?.message.contains("get a new one") == true)
    }

    @Test func `what is no event stream is not read as one`() async throws {
        let gateway = try await ScriptedGateway(script: [
            Answer(headers: ["Content-Type": "text/html"], body: "data: x\n\n")
        ])
        let messages = try await listen(to: gateway)
        #expect(messages.map(\.kind) == ["closed"])
        #expect(messages.closingReason?.code == .invalidResponse)
    }

    @Test func `an event beyond the limit ends it behind the ones before`() async throws {
        let gateway = try await ScriptedGateway(script: [
            Answer(body: "data: ok\n\ndata: \(String(repeating: "x", count: 5000))", ending: .open)
        ])
        let messages = try await listen(to: gateway)
        #expect(messages.map(\.kind) == ["opened", "event", "closed"])
        #expect(messages.closingReason?.code == .tooLarge)
    }

    @Test func `a slow consumer gets everything, in order`() async throws {
        let body = (0..<20_000).map { "id: e-\($0)\ndata: \(String(repeating: "x", count: 60))\n\n" }.joined()
        let gateway = try await ScriptedGateway(script: [Answer(body: body), Self.done])
        let source = EventSource(
            .init(token: try BearerToken("abc")), connector: gateway.plainConnector,
            surroundings: .init(sleep: { _ in }, jitter: { 0 }))
        var next = 0
        for await message in source {
            guard case .event(let event) = message else { continue }
            #expect(event.lastEventID == "e-\(next)")
            next += 1
            if next.isMultiple(of: 500) { await Task.yield() }
        }
        #expect(next == 20_000)
        try await gateway.close()
    }

    @Test func `nobody there is told and tried again`() async throws {
        let gateway = try await ScriptedGateway(script: [])
        try await gateway.close()
        let source = EventSource(
            .init(token: try BearerToken("abc")), connector: gateway.plainConnector,
            surroundings: .init(sleep: { _ in }, jitter: { 0 }))
        var iterator = source.makeAsyncIterator()
        for _ in 0..<3 {
            guard case .reconnecting(_, let reason) = await iterator.next() else {
                Issue.record("expected reconnecting")
                return
            }
            #expect(reason.code == .network)
        }
    }

    @Test func `cancelling ends it while it waits for bytes`() async throws {
        let gateway = try await ScriptedGateway(script: [Answer(body: "data: x\n\n", ending: .open)])
        let source = EventSource(.init(token: try BearerToken("abc")), connector: gateway.plainConnector)
        let (started, startedContinuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            var kinds: [String] = []
            for await message in source {
                kinds.append(message.kind)
                if case .event = message { startedContinuation.finish() }
            }
            return kinds
        }
        for await _ in started {}
        task.cancel()
        #expect(await task.value == ["opened", "event"])
        try await gateway.close()
    }
}

extension [EventSourceMessage] {
    fileprivate var events: [ServerSentEvent] {
        compactMap { message in
            guard case .event(let event) = message else { return nil }
            return event
        }
    }

    fileprivate var closingReason: GatewayClientError? {
        guard case .closed(let reason) = last else { return nil }
        return reason
    }
}
