import ArgumentParser
import EventStream
import Foundation
import GatewayClient

/// `sluice publish`: publishes one event from its options, or many from standard input.
struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish events.",
        discussion: """
            Prints the gateway's answer, {"id":…,"streams":…}. With --ndjson, standard input holds one event per line as \
            the gateway's publish request takes it, {"to":{"user":"alice"},"event":"comment","data":…}, and one answer \
            per line is printed, in the same order; lines are sent as they come. A \
            request without an answer is sent again, and published once.

            Exit codes: 0 every event is published; 1 one is not; 64 the command line is wrong; 78 the --ca file or the
            --token-file is.
            """)

    @OptionGroup var gateway: GatewayOptions

    @Option(help: ArgumentHelp("Publish to this user's streams.", valueName: "user"))
    var toUser: String?

    @Option(help: ArgumentHelp("Publish to this topic.", valueName: "topic"))
    var toTopic: String?

    @Flag(help: "Publish to every stream.")
    var toEveryone = false

    @Option(help: "The event's name; a page gets it as \"message\" when left out.")
    var event: String?

    @Option(help: "The event's data as text; - reads it from standard input, and '' is an event without any.")
    var data: String?

    @Flag(help: "Read many events from standard input, one JSON object per line.")
    var ndjson = false

    @Option(
        help: "The request's Idempotency-Key: the same command again is no second event. A fresh one when left out.")
    var idempotencyKey: String?

    @Option(help: "How long an answer may take, as 30s or 5m.", transform: DurationArgument.parse)
    var timeout = DurationArgument(seconds: 30)

    func validate() throws {
        let audiences = [toUser != nil, toTopic != nil, toEveryone].count { $0 }
        if ndjson {
            guard audiences == 0, event == nil, data == nil, idempotencyKey == nil else {
                throw ValidationError(
                    "--ndjson takes audience, name and data from its lines and makes its keys: leave out those options")
            }
            return
        }
        guard audiences == 1 else {
            throw ValidationError("say whom the event is for: one of --to-user, --to-topic and --to-everyone")
        }
        guard data != nil else {
            throw ValidationError(
                "say what the event holds: --data TEXT, --data - for standard input, or --data '' for nothing")
        }
        if let event {
            do { _ = try EventName(event) } catch { throw ValidationError(error.message) }
        }
    }

    func run() async throws {
        let client = PublishClient(
            connector: try gateway.connector(), token: try gateway.credential.bearerToken(), timeout: timeout.duration)
        try await ndjson ? publishLines(client) : publishOne(client)
        await client.close()
    }

    private func publishOne(_ client: PublishClient) async throws {
        let request = PublishRequest(
            audience: audience, event: try event.map { try EventName($0) }, data: try text())
        do {
            try show(try await client.publish(request, key: idempotencyKey))
        } catch let error as GatewayClientError {
            throw CommandFailure(error.isRetryable ? "\(error). Nothing was published: try again." : "\(error)")
        }
    }

    private func publishLines(_ client: PublishClient) async throws {
        var batches = EventLineBatches()
        var answered = 0
        var refused = 0
        do {
            while true {
                let bytes = FileHandle.standardInput.availableData
                for batch in try bytes.isEmpty ? batches.finish() : batches.feed(bytes) {
                    let answer = try await client.publish(lines: batch)
                    answered += answer.results.count
                    refused += answer.refusedCount
                    try Console.print(answer.text)
                }
                if bytes.isEmpty { break }
            }
        } catch let error as GatewayClientError {
            throw CommandFailure("\(error). \(answered) lines were answered before that: continue behind them.")
        }
        guard refused == 0 else { throw CommandFailure("\(refused) events were refused: see the lines with \"error\"") }
    }

    private func show(_ answer: PublishAnswer) throws {
        try Console.print(answer.text)
        guard answer.refusedCount == 0 else { throw CommandFailure("the event was refused") }
    }

    private var audience: PublishRequest.Audience {
        if let toUser { return .user(toUser) }
        if let toTopic { return .topic(toTopic) }
        return .everyone
    }

    private func text() throws -> String {
        guard data == "-" else { return data ?? "" }
        let bytes = FileHandle.standardInput.readDataToEndOfFile()
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure("standard input is not UTF-8: encode the data as text first")
        }
        return text
    }
}
