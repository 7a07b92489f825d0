// `sluice log create`: makes the streams of a cluster's log, once, before its first gateway starts.

internal import EventLog
internal import JetStreamEventLog
internal import NATSClient

/// Makes what a log on NATS lives in.
package struct LogCreation: Sendable {
    private let configuration: GatewayConfiguration

    package init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    /// Makes the streams that are missing, and looks at those that are there.
    ///
    /// - Returns: the names of those that were made.
    /// - Throws: ``StartupError``, as a start of the gateway would.
    package func run() async throws(StartupError) -> [String] {
        guard configuration.log.kind == .jetstream else {
            throw StartupError(
                .log,
                "\(configuration.places.name("log.kind")): is \(configuration.log.kind.rawValue), of which nothing has "
                    + "to be made; this is for jetstream")
        }
        let client = try await configuration.connectedClient(for: "log create")
        let result = await make(by: client)
        await client.shutdown()
        return try result.get()
    }

    private func make(by client: NATSClient) async -> Result<[String], StartupError> {
        let keys = configuration.places.name("log.jetstream.stream")
        do throws(EventLogError) {
            let store = JetStreamStore(configuration.jetStreamSettings(mayCreate: true), client: client)
            let made = try await store.create()
            guard let reason = try await store.examine().objection else { return .success(made) }
            return .failure(StartupError(.log, "\(keys): \(reason)"))
        } catch {
            return .failure(StartupError(.busy, "\(keys): \(error.message)"))
        }
    }
}
