// What tests do with a gateway: issue tokens, send requests, publish, open streams.

import Foundation
import Testing

extension Gateway {
    /// A token from `sluice token`, signed with the gateway's first key.
    func token(_ subject: String, ttl: String = "1h", _ options: String...) async throws -> String {
        let arguments = ["token", "--keys", certificates.tokenKeys, "--sub", subject, "--ttl", ttl] + options
        let printed = try await Child(Package.program(), arguments, in: workspace).succeeded()
        return printed.trimmingCharacters(in: .newlines)
    }

    /// A token that may publish to every audience.
    func backendToken() async throws -> String {
        try await token("backend", "--publish", "user:*", "--publish", "topic:*", "--publish", "everyone")
    }

    /// One request by curl over HTTPS.
    func request(_ path: String, _ arguments: String..., token: String? = nil) async throws -> Answer {
        let authorization = token.map { ["--header", "Authorization: Bearer \($0)"] } ?? []
        let tls = ["--cacert", certificates.authority, url + path]
        return try await Curl.request(tls + authorization + arguments, in: workspace)
    }

    /// Publishes one JSON body, or many as NDJSON.
    func publish(_ body: String, token: String, type: String = "application/json") async throws -> Answer {
        try await request(
            "/v1/publish", "--header", "Content-Type: \(type)", "--data-binary", body, token: token)
    }

    /// Opens a stream with curl and waits for its first bytes.
    ///
    /// - Parameter proxy: the URL of what is in front of the gateway.
    func open(
        _ token: String, query: String = "", at proxy: String? = nil, _ options: String...
    ) async throws -> Subscription {
        let arguments = [
            "--silent", "--show-error", "--no-buffer", "--cacert", certificates.authority, "--header",
            "Authorization: Bearer \(token)", "\(proxy ?? url)/v1/stream\(query)",
        ]
        let subscription = Subscription(child: try Child("curl", arguments + options, in: workspace))
        try await eventually("the first bytes of a stream", otherwise: { subscription.child.transcript }) {
            !subscription.child.output.isEmpty
        }
        return subscription
    }

    /// Runs one of the scripts in `Clients`; it ends by itself.
    func client(_ script: String, _ arguments: String..., input: String = "/dev/null") async throws -> [JSONLine] {
        let child = try startClient(script, arguments, input: input)
        return JSONLine.all(in: try await child.succeeded(within: .seconds(120)))
    }

    /// Starts one of the scripts in `Clients`. Each takes the port and the authority first.
    func startClient(_ script: String, _ arguments: [String] = [], input: String = "/dev/null") throws -> Child {
        let standing = [Package.client(script), "--port", "\(port)", "--ca", certificates.authority]
        return try Child(
            Package.python(), standing + arguments, environment: ["PYTHONDONTWRITEBYTECODE": "1"], input: input,
            in: workspace)
    }

    /// A crowd at the door (`crowd.py`), once all of them have come.
    func crowd(_ count: Int, _ options: String...) async throws -> Child {
        let crowd = try startClient("crowd.py", ["--count", "\(count)"] + options)
        try await eventually("a crowd of \(count)", otherwise: { crowd.transcript }) {
            JSONLine.all(in: crowd.output).contains { ($0.number("came") ?? 0) >= Double(count) }
        }
        return crowd
    }
}
