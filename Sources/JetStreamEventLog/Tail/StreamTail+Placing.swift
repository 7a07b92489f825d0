// Makes a tail's consumer, and another one in its place when it stands on another server than the node is connected to.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

extension StreamTail {
    /// A consumer that sends nothing before its inbox is listened to.
    struct PlacedConsumer: Sendable {
        let name: String
        /// The server that it stands on; nothing where there is no cluster.
        let server: String?
        /// Its own: what another one sends would be taken for its.
        let inbox: String
    }

    /// - Parameters:
    ///   - place: behind which it begins.
    ///   - look: of the stream, of just now.
    func placeConsumer(
        behind place: Position, _ look: StreamLook
    ) async throws(JetStreamError) -> PlacedConsumer {
        var consumer = try await makeConsumer(behind: place, within: Self.answerTime)
        // Where consumers are lost one after the other, one is needed soon, and anywhere.
        guard rules.isNear, state.withLock({ $0.machine.isCalm }),
            var placing = ConsumerPlacing(near: api.client.serverName, of: look.servers, .now())
        else { return consumer }
        while let limit = placing.next(after: consumer.server, .now()) {
            // The one that there is, is good enough.
            guard let other = try? await makeConsumer(behind: place, within: .nanoseconds(limit.nanoseconds))
            else { break }
            delete(consumer)
            consumer = other
        }
        return consumer
    }

    private func makeConsumer(
        behind place: Position, within limit: Duration
    ) async throws(JetStreamError) -> PlacedConsumer {
        let inbox = "_INBOX.\(hands.name).\(hands.random())"
        let config = ConsumerConfig(
            deliverTo: inbox, start: place + 1, heartbeat: rules.heartbeat.nanoseconds, inactivity: Self.inactivity)
        let info = try await api.call(.createConsumer(config, of: stream), timeout: limit)
        return PlacedConsumer(name: info.name, server: info.leader, inbox: inbox)
    }

    /// Otherwise it would wait for a reader until its time is over.
    func delete(_ consumer: PlacedConsumer) { api.call(.deleteConsumer(consumer.name, of: stream)) { _ in } }

    /// How long a consumer outlives its reader, in nanoseconds.
    static let inactivity: Int64 = 10_000_000_000
}
