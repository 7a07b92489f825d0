import EventStream
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import GatewayClient

@Suite(.timeLimit(.minutes(10))) struct PublishClientTests {
    typealias Answer = ScriptedGateway.Answer

    private func client(_ gateway: ScriptedGateway, attempts: Int = 1) throws -> PublishClient {
        PublishClient(
            connector: gateway.plainConnector, token: try BearerToken("abc"),
            retries: RetryPolicy(attempts: attempts, base: .milliseconds(1)))
    }

    private func json(_ body: String) -> Answer { Answer(headers: ["Content-Type": "application/json"], body: body) }

    private let request = PublishRequest(audience: .user("alice"), data: "hi")

    private func code(_ body: () async throws -> Void) async -> GatewayClientError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? GatewayClientError)?.code
        }
    }

    @Test func `publishes one after the other over one connection`() async throws {
        let gateway = try await ScriptedGateway(script: (1...3).map { json(#"{"id":"e-\#($0)","streams":2}"#) })
        let client = try client(gateway)
        for number in 1...3 {
            let answer = try await client.publish(request)
            #expect(answer.results == [.accepted(id: "e-\(number)", streams: 2)])
            #expect(answer.text == "{\"id\":\"e-\(number)\",\"streams\":2}\n")
        }
        #expect(gateway.requests.map(\.connection) == [1, 1, 1])
        #expect(gateway.requests.allSatisfy { $0.head.uri == "/v1/publish" && $0.head.method == .POST })
        #expect(gateway.requests[0].body == #"{"to":{"user":"alice"},"data":"hi"}"#)
        #expect(gateway.requests[0].head.headers["Content-Type"] == ["application/json"])
        await client.close()
        try await gateway.close()
    }

    @Test func `a request that failed is sent again, under the same key`() async throws {
        let gateway = try await ScriptedGateway(
            script: [
                Answer(status: .serviceUnavailable), Answer(status: .badGateway), json(#"{"id":"e-1","streams":2}"#),
            ])
        let client = try client(gateway, attempts: 3)
        #expect(try await client.publish(request).results == [.accepted(id: "e-1", streams: 2)])
        let keys = gateway.requests.map { $0.head.headers["Idempotency-Key"] }
        #expect(keys.count == 3 && Set(keys).count == 1 && keys[0].count == 1)
        await client.close()
        try await gateway.close()
    }

    @Test func `a request that was refused is not sent again`() async throws {
        let gateway = try await ScriptedGateway(script: [Answer(status: .unprocessableEntity)])
        let client = try client(gateway, attempts: 3)
        let request = request
        #expect(await code { _ = try await client.publish(request) } == .refused)
        #expect(gateway.requests.count == 1)
        await client.close()
        try await gateway.close()
    }

    @Test func `a gateway that asks for a minute is not asked again, and the caller hears of it`() async throws {
        let full = Answer(
            status: .tooManyRequests, headers: ["Retry-After": "60"], body: #"{"code":"log-share-full","detail":"d"}"#)
        let gateway = try await ScriptedGateway(script: [full, full])
        let client = try client(gateway, attempts: 3)
        let request = request
        let error = await #expect(throws: GatewayClientError.self) { try await client.publish(request) }
        #expect(error?.retryAfter == .seconds(60) && error?.message.hasSuffix("to be tried again in 60 s") == true)
        #expect(gateway.requests.count == 1)
        await client.close()
        try await gateway.close()
    }

    /// A proxy's 502 promises nothing, but it may ask for time like the gateway's own 503.
    @Test func `no refusal that asks for time is answered before it`() async throws {
        let refusal = Answer(status: .badGateway, headers: ["Retry-After": "60"], body: "")
        let gateway = try await ScriptedGateway(script: [refusal, refusal])
        let client = try client(gateway, attempts: 3)
        let request = request
        let error = await #expect(throws: GatewayClientError.self) { try await client.publish(request) }
        #expect(error?.code == .outcomeUnknown && error?.retryAfter == .seconds(60))
        #expect(gateway.requests.count == 1)
        await client.close()
        try await gateway.close()
    }

    @Test func `each request has a key of its own, unless the caller brings one`() async throws {
        let gateway = try await ScriptedGateway(script: (1...3).map { json(#"{"id":"e-\#($0)","streams":2}"#) })
        let client = try client(gateway)
        for key in [nil, nil, "mine"] { _ = try await client.publish(request, key: key) }
        let keys = gateway.requests.compactMap { $0.head.headers["Idempotency-Key"].first }
        #expect(Set(keys).count == 3)
        #expect(keys.last == "mine")
        await client.close()
        try await gateway.close()
    }

    @Test func `at the same time it uses several connections`() async throws {
        let gateway = try await ScriptedGateway(script: (1...8).map { json(#"{"id":"e-\#($0)","streams":0}"#) })
        let client = try client(gateway)
        let request = request
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try await client.publish(request).results.count } }
            for try await count in group { #expect(count == 1) }
        }
        #expect(gateway.requests.count == 8)
        await client.close()
        try await gateway.close()
    }

    @Test func `lines are answered one by one`() async throws {
        let body = """
            {"id":"e-1","streams":1}
            {"error":{"code":"grant-missing","detail":"no grant for topic news"}}

            """
        let gateway = try await ScriptedGateway(script: [json(body)])
        let client = try client(gateway)
        let answer = try await client.publish(lines: Array("{}\n{}\n".utf8))
        #expect(
            answer.results == [
                .accepted(id: "e-1", streams: 1),
                .refused(code: "grant-missing", detail: "no grant for topic news"),
            ])
        #expect(answer.refusedCount == 1)
        #expect(gateway.requests[0].head.headers["Content-Type"] == ["application/x-ndjson"])
        await client.close()
        try await gateway.close()
    }

    @Test(arguments: [
        (403, GatewayClientError.Code.refused), (413, .refused), (429, .serverFailed), (503, .serverFailed),
        (500, .outcomeUnknown), (504, .outcomeUnknown),
    ])
    func `a refusal is an error that says whether to try again`(
        _ status: Int, _ expected: GatewayClientError.Code
    ) async throws {
        let answer = Answer(
            status: HTTPResponseStatus(statusCode: status), headers: [:], body: #"{"code":"c","detail":"d\u001b[2J"}"#)
        let gateway = try await ScriptedGateway(script: [answer])
        let client = try client(gateway)
        let error = await #expect(throws: GatewayClientError.self) { try await client.publish(request) }
        #expect(error?.code == expected)
        #expect(error?.isRetryable == (expected == .serverFailed))
        #expect(error?.message.contains("(\(status) c): d [2J") == true)
        await client.close()
        try await gateway.close()
    }

    @Test(arguments: ["", "{}", "[]", "ok", #"{"id":7,"streams":1}"#, #"{"id":"e-1"}"#, #"{"error":"no"}"#])
    func `an answer that is not understood leaves the outcome unknown`(_ body: String) async throws {
        let gateway = try await ScriptedGateway(script: [json(body)])
        let client = try client(gateway)
        #expect(await code { _ = try await client.publish(request) } == .outcomeUnknown)
        await client.close()
        try await gateway.close()
    }

    @Test func `no answer at all leaves the outcome unknown, and the next publish works`() async throws {
        let gateway = try await ScriptedGateway(script: [Answer(ending: .none), json(#"{"id":"e-1","streams":0}"#)])
        let client = try client(gateway)
        #expect(await code { _ = try await client.publish(request) } == .outcomeUnknown)
        #expect(try await client.publish(request).results == [.accepted(id: "e-1", streams: 0)])
        await client.close()
        try await gateway.close()
    }

    @Test func `nobody there is harmless to try again`() async throws {
        // A port that no other test is given meanwhile: only root may listen there.
        let connector = GatewayConnector(
            url: try GatewayURL("https://127.0.0.1:1"), group: MultiThreadedEventLoopGroup.singleton
        ) { _ in }
        let client = PublishClient(
            connector: connector, token: try BearerToken("abc"), retries: RetryPolicy(attempts: 1))
        let error = await #expect(throws: GatewayClientError.self) { try await client.publish(request) }
        #expect(error?.code == .network)
        #expect(error?.isRetryable == true)
    }
}

@Suite struct PublishRequestTests {
    @Test func `each audience has its own form`() throws {
        func json(_ audience: PublishRequest.Audience, event: String? = nil, data: String = "") throws -> String {
            let name = try event.map { try EventName($0) }
            return String(buffer: PublishRequest(audience: audience, event: name, data: data).json)
        }
        #expect(try json(.everyone) == #"{"to":{"everyone":true},"data":""}"#)
        #expect(try json(.topic("news")) == #"{"to":{"topic":"news"},"data":""}"#)
        #expect(
            try json(.user("a\"b\\"), event: "comment", data: "1\n2\u{01}ü😀")
                == #"{"to":{"user":"a\"b\\"},"event":"comment","data":"1\n2\u0001ü😀"}"#)
    }
}

@Suite struct ServerSentEventTextTests {
    private let event = ServerSentEvent(lastEventID: "e-1", event: "comment", data: "a\n\"b\"")

    @Test func `as event-stream text it can be parsed again`() throws {
        #expect(event.eventStreamText == "id: e-1\nevent: comment\ndata: a\ndata: \"b\"\n\n")
        #expect(ServerSentEvent(event: "a\nb", data: "").eventStreamText == "data: \n\n")
    }

    @Test func `as JSON it is one line`() {
        #expect(event.json == #"{"id":"e-1","event":"comment","data":"a\n\"b\""}"#)
    }
}
