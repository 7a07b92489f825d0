// What `sluice check` says of NATS: whether its servers let this gateway in, whether they keep what they acknowledge,
// and whether the streams are as they have to be. It makes and changes nothing.

internal import EventLog
internal import Foundation
internal import JetStreamEventLog
internal import Logging
internal import NATSClient
internal import NATSMonitor
internal import PlainWords
internal import Synchronization

/// Looks at the log of a cluster.
struct JetStreamCheck: Sendable {
    private let configuration: GatewayConfiguration
    private var log: GatewayConfiguration.Log { configuration.log }
    private var settings: GatewayConfiguration.JetStream { configuration.log.jetStream }

    init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    /// Nothing for a log of another kind.
    func findings() async -> [CheckFinding] {
        guard log.kind == .jetstream else { return [] }
        async let asked = verdict()
        let server = ConnectedServer()
        let streams = await streams(noting: server)
        guard var verdict = await asked else { return streams }
        // What is said of the servers has to be about the one that lets this gateway in.
        if let id = server.id { verdict.hold(connectionTo: id) }
        return streams + findings(of: verdict)
    }

    /// The id of the server that there was a connection to.
    private final class ConnectedServer: Sendable {
        private let last = Mutex<String?>(nil)

        var id: String? { last.withLock { $0 } }

        func note(_ event: NATSEvent) {
            if case .connected(_, let id, _) = event { last.withLock { $0 = id } }
        }
    }

    // MARK: Monitors

    private func verdict() async -> DurabilityVerdict? {
        guard !settings.monitors.isEmpty else { return nil }
        let reader = MonitorReader(authorities: settings.ca)
        return DurabilityVerdict(await reader.reports(of: settings.monitors), in: settings.monitors)
    }

    /// What the servers' words come to.
    func findings(of verdict: DurabilityVerdict) -> [CheckFinding] {
        let subject = "log.durability \(log.durability.rawValue)"
        let warnings = verdict.warnings.map { CheckFinding(.doubtful, "log.jetstream.monitor", $0) }
        guard log.durability == .full else {
            let unasked = verdict.unasked.map { CheckFinding(.doubtful, "log.jetstream.monitor", $0) }
            return warnings + unasked
        }
        let refutation = JetStreamOpening.refutation(verdict).map { CheckFinding(.wrong, subject, $0) }
        let doubt = JetStreamOpening.doubt(verdict).map { CheckFinding(.wrong, subject, $0, fault: .surroundings) }
        let found = [refutation, doubt].compactMap(\.self)
        guard found.isEmpty else { return found }
        let count = verdict.serverIDs.count
        return warnings + [CheckFinding(.fine, subject, "each of \(count) servers of NATS says that it syncs always")]
    }

    // MARK: Streams

    private func streams(noting server: ConnectedServer) async -> [CheckFinding] {
        let subject = "log.jetstream.servers"
        let client = NATSClient(settings.clientConfiguration(name: "sluice check")) { server.note($0) }
        do throws(NATSError) {
            try await client.start()
        } catch {
            return [
                CheckFinding(
                    .wrong, subject, "no server of NATS lets this gateway in: \(settings.shown(error.message))",
                    fault: error.isConfiguration ? .configuration : .surroundings)
            ]
        }
        let findings = await streams(by: client)
        await client.shutdown()
        return [CheckFinding(.fine, subject, "NATS lets this gateway in")] + findings
    }

    private func streams(by client: NATSClient) async -> [CheckFinding] {
        let subject = "log.jetstream.stream \(settings.stream)"
        do throws(EventLogError) {
            let store = JetStreamStore(configuration.jetStreamSettings(mayCreate: false), client: client)
            return Self.findings(of: try await store.examine(), mayCreate: settings.mayCreate, subject)
        } catch {
            return [CheckFinding(.wrong, subject, error.message, fault: .surroundings)]
        }
    }

    /// What the streams come to.
    static func findings(
        of found: JetStreamStore.Findings, mayCreate: Bool, _ subject: String
    ) -> [CheckFinding] {
        let differences = found.differences.map { CheckFinding(.wrong, subject, "\($0)") }
        if found.widowed != nil, let reason = found.objection {
            return differences + [CheckFinding(.wrong, subject, reason)]
        }
        let missing = found.missing.map { name in
            mayCreate
                ? CheckFinding(.fine, subject, "the stream \(name) is made at the start")
                : CheckFinding(
                    .wrong, subject,
                    "there is no stream \(name); make it with `sluice log create`, or set log.jetstream.create to true")
        }
        guard differences.isEmpty, missing.isEmpty else { return differences + missing }
        return [CheckFinding(.fine, subject, "holds \(found.messages) events, \(found.bytes) bytes")]
    }
}
