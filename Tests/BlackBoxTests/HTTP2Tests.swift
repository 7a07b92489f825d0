// Promise: HTTP/2 serves what HTTP/1.1 serves: the same events, the same answers, the same limits.

import Glibc
import Testing

extension Outside {
    @Suite struct HTTP2Tests {
        // MARK: Which protocol

        @Test func theBestCommonProtocolIsAgreedOn() async throws {
            try await Gateway.run { gateway in
                for (offered, agreed) in [("h2,http/1.1", "h2"), ("http/1.1,h2", "h2"), ("http/1.1", "http/1.1")] {
                    let client = try Child(
                        "openssl",
                        [
                            "s_client", "-connect", "localhost:\(gateway.port)", "-servername", "localhost", "-CAfile",
                            gateway.certificates.authority, "-alpn", offered,
                        ], in: gateway.workspace)
                    #expect(try await client.succeeded().contains("ALPN protocol: \(agreed)"), "\(offered)")
                }
            }
        }

        // MARK: The same as over HTTP/1.1

        @Test func readersOverBothGetTheSameEvents() async throws {
            try await Gateway.run { gateway in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let readers = [
                    try await gateway.open(alice, "--http2"), try await gateway.open(alice, "--http1.1"),
                    try await gateway.open(alice, "--http2"),
                ]
                for number in 1...50 {
                    let option = number.isMultiple(of: 2) ? "--http2" : "--http1.1"
                    let answer = try await gateway.request(
                        "/v1/publish", option, "--header", "Content-Type: application/json", "--data-binary",
                        #"{"to":{"user":"alice"},"data":"number \#(number)"}"#, token: backend)
                    #expect(answer.json["streams"] as? Int == 3)
                }
                let seen = try await readers[0].events(50)
                #expect(seen.map(\.data) == (1...50).map { "number \($0)" })
                for reader in readers {
                    #expect(try await reader.events(50) == seen)
                    reader.close()
                }
            }
        }

        @Test func refusalsAreTheSame() async throws {
            try await Gateway.run(["limits.request_body": "1KiB"]) { gateway in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let large = try gateway.workspace.write(String(repeating: "x", count: 5000), to: "large")
                let requests: [(path: String, token: String?, options: [String])] = [
                    ("/nowhere", nil, []), ("/v1/stream", nil, []), ("/v1/stream", "garbage", []),
                    ("/v1/stream", alice, ["--request", "DELETE"]), ("/v1/stream?topic=secret", alice, []),
                    ("/v1/stream", alice, ["--header", "Origin: https://evil.example"]),
                    ("/v1/publish", alice, ["--json", #"{"to":{"user":"bob"},"data":1}"#]),
                    ("/v1/publish", backend, ["--json", "{"]), ("/v1/publish", backend, ["--data-binary", "x"]),
                    ("/v1/publish", backend, ["--json", "@" + large]), ("/v1/publish", nil, ["--request", "OPTIONS"]),
                ]
                for request in requests {
                    let answers = try await ["--http1.1", "--http2"].asyncMap { version in
                        try await gateway.answer(
                            request.path, [version, "--header", "X-Request-Id: 7"] + request.options,
                            token: request.token)
                    }
                    #expect(answers[0].status == answers[1].status, "\(request)")
                    #expect(answers[0].body == answers[1].body, "\(request)")
                    // Of the connection alone, or of the moment.
                    let otherwise: Set = ["connection", "transfer-encoding", "date"]
                    let fields = answers.map { answer in
                        answer.fields.filter { !otherwise.contains($0.name) }.map { "\($0.name): \($0.value)" }.sorted()
                    }
                    #expect(fields[0].contains("x-request-id: 7"), "\(request)")
                    #expect(fields[0] == fields[1], "\(request)")
                }
            }
        }

        // MARK: Clients

        @Test func httpxReadsAndPublishesOverOneConnection() async throws {
            try await Gateway.run { gateway in
                let lines = try await gateway.client(
                    "h2httpx.py", "--reader", gateway.token("alice"), "--publisher", gateway.backendToken(), "--count",
                    "20")
                #expect(lines.first?.text("version") == "HTTP/2")
                #expect(lines.first?.text("type") == "text/event-stream")
                #expect(lines.dropFirst().map { $0.text("data") } == (0..<20).map { "number \($0)" })
                #expect(lines.dropFirst().allSatisfy { $0.number("answer") == 200 })
            }
        }

        @Test func nghttpIsServedOverOneConnection() async throws {
            try await Gateway.run { gateway in
                let paths = ["/v1/stream", "/nowhere", "/v1/publish"].map { gateway.url + $0 }
                let nghttp = try Child("nghttp", ["--verbose", "--no-dep"] + paths, in: gateway.workspace)
                let log = try await nghttp.succeeded()
                for status in ["401", "404", "405"] { #expect(log.contains(":status: \(status)"), "\(log)") }
                #expect(log.contains("SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100"))
            }
        }

        @Test func h2loadPublishesAndEveryEventArrives() async throws {
            try await Gateway.run { gateway in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let readers = [try await gateway.open(alice, "--http2"), try await gateway.open(alice, "--http1.1")]
                let body = try gateway.workspace.write(#"{"to":{"user":"alice"},"data":"load"}"#, to: "body")
                let h2load = try Child(
                    "h2load",
                    [
                        "--requests=2000", "--clients=4", "--max-concurrent-streams=50", "--data=\(body)",
                        "--header=content-type: application/json", "--header=authorization: Bearer \(backend)",
                        gateway.url + "/v1/publish",
                    ], in: gateway.workspace)
                let report = try await h2load.succeeded(within: .seconds(60))
                #expect(report.contains("2000 succeeded, 0 failed, 0 errored, 0 timeout"), "\(report)")
                #expect(report.contains("status codes: 2000 2xx"), "\(report)")
                for reader in readers {
                    #expect(try await reader.events(2000).count == 2000)
                    reader.close()
                }
            }
        }

        // MARK: Streams of one connection

        @Test func aStreamThatIsNotReadDelaysNoneOfItsConnection() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                let reader = try gateway.startClient(
                    "h2streams.py", ["--token", alice, "--streams", "3", "--count", "300", "--stalled"])
                try await gateway.metric("sluice_streams", reaches: 3)
                let backend = try await gateway.backendToken()
                let data = String(repeating: "x", count: 2000)
                for batch in 0..<30 {
                    let lines = (0..<10).map { #"{"to":{"user":"alice"},"data":"\#(batch * 10 + $0) \#(data)"}"# }
                    let file = try gateway.workspace.write(lines.joined(separator: "\n") + "\n", to: "batch\(batch)")
                    let answer = try await gateway.publish("@" + file, token: backend, type: "application/x-ndjson")
                    #expect(answer.status == 200)
                }
                let report = JSONLine.all(in: try await reader.succeeded(within: .seconds(90)))
                let stalledAt = try #require(report.compactMap { $0.number("stalledAt") }.first)
                #expect(stalledAt < 100, "300 events of 2 KB do not fit a window of 64 KiB")
                let streams = report.filter { $0.number("stream") != nil }
                #expect(streams.map { $0.number("events") } == [300, 300, 300], "\(reader.transcript)")
                let expected = (0..<300).map { "\($0) \(data)" }.joined(separator: "\n")
                #expect(streams.allSatisfy { $0.text("data") == expected })
            }
        }

        @Test func aGatewayThatStopsSaysGoodbyeAndEndsEveryStream() async throws {
            let gateway = try await Gateway.start(["shutdown.drain": "1s"])
            let alice = try await gateway.token("alice")
            // Not Python's h2: it takes GOAWAY for the connection's end, and reads no stream behind it.
            let reader = try Child(
                "nghttp",
                [
                    "--verbose", "--no-dep", "--multiply=5", "--header=authorization: Bearer \(alice)",
                    gateway.url + "/v1/stream",
                ], in: gateway.workspace)
            try await gateway.metric("sluice_streams", reaches: 5)
            gateway.child.send(SIGTERM)
            #expect(try await gateway.child.ended(within: .seconds(6)) == 0, "\(gateway.child.transcript)")
            try await reader.succeeded()
            let ends = reader.outputLines.filter { $0.contains("recv DATA") && $0.contains("flags=0x01") }
            #expect(ends.count == 5, "\(reader.transcript)")
            #expect(reader.output.contains("recv GOAWAY") && reader.output.contains("error_code=NO_ERROR"))
        }

        /// A framework's development mode, or a page that loads itself anew in a loop.
        @Test func twoHundredStreamsThatAreClosedInTenSecondsAreNoFlood() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.token("alice")
                let page = try #require(
                    try await gateway.client("h2reload.py", "--token", token, "--live", "200", "--rapid", "0").first)
                #expect(page.number("served") == 200)
                #expect(try #require(page.number("seconds")) < 10, "they were not within the meter's time")
                #expect(page.number("last") == 200 && !page.flag("closed"))
                // The same, and then requests that nobody waits for (CVE-2023-44487).
                let flood = try #require(
                    try await gateway.client("h2reload.py", "--token", token, "--live", "20", "--rapid", "1000").first)
                #expect(flood.number("served") == 20)
                #expect(flood.flag("closed"))
                #expect(flood.number("goodbye") == 11, "ENHANCE_YOUR_CALM (RFC 9113 section 7)")
            }
        }

        // MARK: Clients that mean no good

        @Test func floodsEndTheirConnectionAndNobodyElses() async throws {
            try await Gateway.run { gateway in
                let (alice, mallory) = try await (gateway.token("alice"), gateway.token("mallory"))
                let reader = try await gateway.open(alice, "--http2")
                let attacks = try await gateway.client("h2hostile.py", "--token", mallory)
                try #require(attacks.count == 6)
                for attack in attacks {
                    let name = attack.text("name") ?? ""
                    #expect(attack.flag("closed"), "\(name) is still connected")
                    #expect(try #require(attack.number("seconds")) < 8, "\(name)")
                }
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"still here"}"#, token: gateway.backendToken())
                #expect(answer.json["streams"] as? Int == 1)
                #expect(try await reader.events(1).map(\.data) == ["still here"])
                let refused = try await gateway.metrics().sum("sluice_refusals_total", where: "http2-flood")
                #expect(refused >= 4)
                reader.close()
            }
        }
    }
}

extension Gateway {
    /// One request by curl with a list of options.
    fileprivate func answer(_ path: String, _ options: [String], token: String?) async throws -> Answer {
        let authorization = token.map { ["--header", "Authorization: Bearer \($0)"] } ?? []
        return try await Curl.request(
            ["--cacert", certificates.authority, url + path] + authorization + options, in: workspace)
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
