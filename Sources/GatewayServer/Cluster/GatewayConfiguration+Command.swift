// A command's connection to the NATS servers of a configuration: it lasts as long as the command.

internal import NATSClient

extension GatewayConfiguration {
    /// A client that is connected; whoever asks for it shuts it down.
    ///
    /// - Parameter command: what NATS is told that it is, such as `log create`.
    /// - Throws: ``StartupError`` when no server lets it in.
    func connectedClient(for command: String) async throws(StartupError) -> NATSClient {
        let client = NATSClient(log.jetStream.clientConfiguration(name: "sluice \(command)"))
        do throws(NATSError) {
            try await client.start()
            return client
        } catch {
            throw StartupError(
                error.isConfiguration ? .log : .busy,
                "\(places.name("log.jetstream.servers")): no server of NATS lets this program in: "
                    + log.jetStream.shown(error.message))
        }
    }
}
