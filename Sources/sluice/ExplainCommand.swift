// `sluice explain`: asks a running gateway what became of an event for a user. What is known, and what follows from it,
// is GatewayServer's.

import ArgumentParser
import Foundation
import GatewayClient
import GatewayServer

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a user's streams have an event, or have not.",
        discussion: """
            Asks the admin listener of a running gateway, on its own machine. Of the settings it takes admin.address and \
            admin.port, from where `serve` takes them, and without them asks where a gateway has it by default. The gateway \
            remembers the newest events and ended streams (explain.bytes), and says what follows from when each was there \
            and how far it was sent.

            Exit codes: 0 it is explained; 1 the gateway could not be asked; 64 the command line is wrong, be it that there \
            can be no such event; 78 the configuration is.


            """ + ConfigurationOptions.help)

    @Option(help: "The user, as the token's sub has it.")
    var user: String

    @Option(help: "The event's id, as the answer to its publish has it.")
    var event: String

    @Flag(help: "Print the answer as JSON.")
    var json = false

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let admin: GatewayConfiguration.Admin
        do throws(ConfigurationErrors) {
            admin = try options.readAdmin(siblings: ["--user", "--event", "--json", "--config"])
        } catch {
            throw CommandFailure(
                (["the configuration is wrong"] + error.errors.map { "  \($0)" }).joined(separator: "\n"),
                .configuration)
        }
        let place = try AdminPlace(admin, patience: .seconds(10))
        let answer = try await place.ask(place.url.target("/explain", query: [("user", user), ("event", event)]))
        guard answer.status == 200 else {
            // It is the gateway that knows what an event's id looks like.
            throw CommandFailure(
                answer.body.trimmingCharacters(in: .newlines), answer.status == 400 ? .usage : .failed)
        }
        try Console.print(json ? answer.body : try ExplainedEvent(answer.body).words)
    }
}

/// The gateway's answer.
struct ExplainedEvent: Decodable {
    struct Stream: Decodable {
        let stream, since, fate, meaning: String
        let endedAt, reason: String?
        let topics: [String]
    }

    let event, user, place: String
    let remembered: Bool
    let audience, toldAt, expiresAt: String?
    let forUser: Bool?
    let streams: [Stream]
    /// Nothing from a gateway that is older than this program.
    let silentLoops: [Int]?

    init(_ json: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
        } catch {
            throw CommandFailure("the gateway's answer is none that this program knows; is it of another version?")
        }
    }

    var words: String {
        var lines = ["\(event): \(place)"]
        if let audience, let toldAt {
            lines.append("for: \(audience)\(forUser == true ? ", \(user) among them" : "")")
            lines.append("told of at \(toldAt)\(expiresAt.map { ", good until \($0)" } ?? "")")
        }
        if !remembered { lines.append("not remembered any more, or never told of here (explain.bytes)") }
        for loop in silentLoops ?? [] {
            lines.append("event loop \(loop) has streams of \(user), and did not answer within 2 s: see /livez")
        }
        if remembered, streams.isEmpty, silentLoops?.isEmpty != false {
            lines.append("\(user) has no stream here, and none that is remembered")
        }
        for stream in streams {
            let end = stream.endedAt.map { "\($0), \(stream.reason ?? "")" } ?? "open"
            lines.append("stream \(stream.stream) (\(stream.since) to \(end)): \(stream.fate): \(stream.meaning)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
