import ArgumentParser
import EventStream
import Foundation
import GatewayClient
import GatewayServer

/// `sluice listen`: prints the events of a stream as they come, and connects again when the stream breaks.
struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Print the events of a stream as they come.",
        discussion: """
            Events go to standard output as event-stream text: the lines "id: …", "event: …" and "data: …", then a blank \
            line; with --json, one object per line with the strings "id", "event" and "data". What happens to the \
            connection goes to standard error. A broken stream is continued behind the last event (Last-Event-ID). What the \
            gateway says of the stream (sluice.gap, sluice.delayed, sluice.current, sluice.rejected) goes to both. Neither \
            that nor sluice.presence counts for --count.

            It connects again after any end but a refusal for good: after the gateway's retry: time, at least 0.1 s, doubled \
            with each failure in a row up to 60 s, and up to half more at random; not before Retry-After. A connection that \
            lasted less than a second counts as a failure. Unlike a browser's \
            EventSource it also comes back after 408, 425, 429 and 5xx, which proxies answer with.

            Exit codes: 0 after --count events, on Ctrl-C, when nobody reads the output any more, or when the gateway has \
            nothing more to send; 1 the gateway refuses for good; 64 the command line is wrong; 78 the --ca file or the \
            --token-file is.
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

    @Option(
        help: ArgumentHelp(
            "The largest event to take. The stream ends on a larger one, since it would be sent again and again.",
            discussion:
                "As 64KiB, 16MiB. The default is for limits.event at its largest (16MiB), however it is broken into lines.",
            valueName: "size"),
        transform: Self.parseSize)
    var maxEvent: Int = EventSource.Configuration.largestEventBytes

    @Option(
        help: "Take the connection for dead after this much silence, as 60s; longer than three heartbeats.",
        transform: DurationArgument.parse)
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
            token: try gateway.credential.bearerToken(), topics: topics,
            lastEventID: try lastEventID.map { try EventID($0) }, silenceTimeout: silence.duration,
            maximumEventBytes: maxEvent)
    }

    private func show(_ message: EventSourceMessage) throws {
        switch message {
        case .opened: Console.report("connected to \(try gateway.address.gateway())")
        case .comment: break
        case .event(let event): try Console.print(text(of: event))
        case .gap(let event):
            try Console.print(text(of: event))
            Console.report("gap: events before this point are lost")
        case .delayed(let event):
            try Console.print(text(of: event))
            Console.report("delayed: the gateway is cut off from its log, and what is published comes late")
        case .current(let event):
            try Console.print(text(of: event))
            Console.report("current: the gateway has its log again, and all has come that there is")
        case .presence(let event), .rejected(let event): try Console.print(text(of: event))
        case .reconnecting(let delay, let reason):
            Console.report("reconnecting in \(Self.seconds(delay)): \(reason)")
        case .closed(let reason) where reason.code == .ended: Console.report("\(reason)")
        case .closed(let reason): throw CommandFailure("\(reason)")
        }
    }

    /// Reads the value of `--max-event`.
    @Sendable static func parseSize(_ text: String) throws -> Int {
        do throws(SettingValueError) {
            return try SizeText.parse(text, in: (1 << 10)...(1 << 30))
        } catch {
            throw ValidationError("it \(error.problem); \(error.remedy)")
        }
    }

    private static func seconds(_ delay: Duration) -> String {
        String(format: "%.1f s", delay / .seconds(1))
    }

    private func text(of event: ServerSentEvent) -> String {
        json ? "\(event.json)\n" : event.eventStreamText
    }
}
