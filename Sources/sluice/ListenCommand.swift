import ArgumentParser
import EventStream
import Foundation
import GatewayClient

/// `sluice listen`: prints the events of a stream as they come, and connects again when the stream breaks.
struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Print the events of a stream as they come.",
        discussion: """
            Events go to standard output as event-stream text: the lines "id: …", "event: …" and "data: …", then a blank \
            line; with --json, one object per line with the strings "id", "event" and "data". What happens to the \
            connection goes to standard error. A broken stream is continued behind the last event (Last-Event-ID).

            Exit codes: 0 after --count events, on Ctrl-C, or when the gateway has nothing more to send; 1 when the \
            gateway refuses for good; 64 when the command line is wrong.
            """)

    @OptionGroup var gateway: GatewayOptions

    @Option(name: .customLong("topic"), help: "Also listen to this topic. Repeatable.")
    var topics: [String] = []

    @Option(help: "Continue behind the event with this id.")
    var lastEventID: String?

    @Flag(help: "Print one JSON object per line.")
    var json = false

    @Option(help: "End after this many events.")
    var count: Int?

    @Option(help: "Take the connection for dead after this much silence; longer than three heartbeats.")
    var silence = DurationArgument(seconds: 60)

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be 1 or more") }
        if let lastEventID {
            do { _ = try EventID(lastEventID) } catch { throw ValidationError(error.message) }
        }
    }

    func run() async throws {
        let signals = TerminationSignals.exitZero()
        defer { signals.cancel() }
        do {
            try await listen()
        } catch is Console.ReaderLeft {
            return
        }
    }

    private func listen() async throws {
        let source = EventSource(try configuration(), connector: try gateway.connector())
        var remaining = count ?? .max
        for await message in source {
            try show(message)
            if case .event = message { remaining -= 1 }
            if remaining == 0 { return }
        }
    }

    private func configuration() throws -> EventSource.Configuration {
        EventSource.Configuration(
            token: try gateway.bearerToken(), topics: topics, lastEventID: try lastEventID.map { try EventID($0) },
            silenceTimeout: silence.duration)
    }

    private func show(_ message: EventSourceMessage) throws {
        switch message {
        case .opened: Console.report("connected to \(gateway.url)")
        case .comment: break
        case .event(let event): try Console.print(text(of: event))
        case .gap(let event):
            try Console.print(text(of: event))
            Console.report("gap: events before this point are lost")
        case .rejected(let event): try Console.print(text(of: event))
        case .reconnecting(let delay, let reason):
            Console.report("reconnecting in \(Self.seconds(delay)): \(reason)")
        case .closed(let reason) where reason.code == .ended: Console.report("\(reason)")
        case .closed(let reason): throw CommandFailure("\(reason)")
        }
    }

    private static func seconds(_ delay: Duration) -> String {
        String(format: "%.1f s", delay / .seconds(1))
    }

    private func text(of event: ServerSentEvent) -> String {
        json ? "\(event.json)\n" : event.eventStreamText
    }
}
