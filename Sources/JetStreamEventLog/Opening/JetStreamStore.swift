// The two streams before there is a log: looked at, made where that is wished, and held to what they have to be.

package import EventLog
package import NATSClient
internal import NIOCore

/// The store of a log on JetStream.
package struct JetStreamStore: Sendable {
    let settings: JetStreamSettings
    let api: JetStreamAPI

    package init(_ settings: JetStreamSettings, client: NATSClient) {
        (self.settings, api) = (settings, JetStreamAPI(client))
    }

    /// What is there.
    package struct Findings: Sendable, Equatable {
        /// The names of streams that are missing.
        package var missing: [String] = []
        package var differences: [StreamDifference] = []
        /// The stream that is there, of two that belong together, and has been used: with the other one something is
        /// lost.
        package var widowed: String?
        /// How many events and bytes the events stream has, if it is there.
        package var messages: UInt64 = 0
        package var bytes: UInt64 = 0
    }

    /// Looks, and changes nothing.
    package func examine() async throws(EventLogError) -> Findings {
        var findings = Findings()
        findings.differences += sizes()
        for config in settings.configs {
            guard let info = try await find(config.name) else {
                findings.missing.append(config.name)
                continue
            }
            // The state's first message says which epoch there is, and nothing that could be missed.
            let unused: Position = config.name == settings.stream ? 0 : 1
            if info.contents.lastSequence > unused { findings.widowed = config.name }
            findings.differences += config.differences(from: info.config)
            guard config.name == settings.stream else { continue }
            (findings.messages, findings.bytes) = (info.contents.messages, info.contents.bytes)
        }
        if findings.missing.isEmpty { findings.widowed = nil }
        return findings
    }

    /// Whether the server that this program is connected to takes the largest event.
    private func sizes() -> [StreamDifference] {
        let wanted = settings.eventBytes + FittingBatch.around
        guard let most = api.client.maxPayload, most < wanted else { return [] }
        return [
            StreamDifference(
                stream: "the NATS server", setting: "max_payload", wanted: "\(wanted) or more", found: "\(most)",
                advice: "raise it on each server, or lower limits.event or limits.users_per_event")
        ]
    }

    /// Makes both streams for a gateway that starts, when there is neither.
    ///
    /// One that is missing beside one that has been used is not made: a process does not know whether it has seen it,
    /// and with the stream of the state went who is revoked and signed out. An empty one may be another gateway's that
    /// starts just now, or was stopped half-way.
    ///
    /// - Returns: the names of what was made.
    package func createBoth() async throws(EventLogError) -> [String] {
        try holdName()
        return try await examine().widowed == nil ? try await make() : []
    }

    /// Makes what is missing.
    ///
    /// - Returns: the names of what was made.
    @discardableResult
    package func create() async throws(EventLogError) -> [String] {
        try holdName()
        return try await make()
    }

    private func make() async throws(EventLogError) -> [String] {
        var made: [String] = []
        for config in settings.configs where try await find(config.name) == nil {
            _ = try await settled(.create(config))
            made.append(config.name)
        }
        return made
    }

    // MARK: Opening

    /// The streams as a log opens them.
    struct Opened: Sendable {
        let events: StreamInfo
        let state: StreamInfo
        let epoch: Epoch
        let made: [String]
    }

    /// Looks whether both are as they have to be.
    ///
    /// - Parameter fresh: the name of an epoch, for streams that have none.
    func open(_ fresh: Epoch) async throws(EventLogError) -> Opened {
        try holdName()
        let made = settings.mayCreate ? try await createBoth() : []
        var infos: [StreamInfo] = []
        for config in settings.configs {
            guard let info = try await find(config.name) else {
                throw EventLogError(
                    .unavailable,
                    "the stream \(config.name) is missing: `sluice log create` makes it, or log.jetstream.create: true")
            }
            let differences = config.differences(from: info.config)
            guard differences.isEmpty else {
                throw EventLogError(.unavailable, differences.map(\.description).joined(separator: "; "))
            }
            infos.append(info)
        }
        let epoch = try await openingEpoch(fresh, of: infos[0])
        return Opened(events: infos[0], state: infos[1], epoch: epoch, made: made)
    }

    private func holdName() throws(EventLogError) {
        guard !LogSubjects.isName(settings.stream) else { return }
        throw EventLogError(.unavailable, "log.jetstream.stream has up to 64 letters, digits, - and _")
    }

    func find(_ stream: String) async throws(EventLogError) -> StreamInfo? {
        try await settled(.info(of: stream)) { $0.refusal == .streamNotFound }
    }

    private func settled<Answer>(_ request: APIRequest<Answer>) async throws(EventLogError) -> Answer {
        let answer = try await settled(request) { _ in false }
        guard let answer else { throw EventLogError(.unavailable, "\(request.name): no answer") }
        return answer
    }

    /// Asks, and again while a leader is being elected: servers and gateways may start at the same time.
    ///
    /// - Parameter isNothing: whether an error says that there is nothing.
    private func settled<Answer>(
        _ request: APIRequest<Answer>, isNothing: (JetStreamError) -> Bool
    ) async throws(EventLogError) -> Answer? {
        let deadline = ContinuousClock.now + settings.openingTime
        while true {
            do throws(JetStreamError) {
                return try await api.call(request)
            } catch {
                if isNothing(error) { return nil }
                guard error.isPassing, ContinuousClock.now < deadline else { throw error.eventLogError }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private static let pause = Duration.milliseconds(250)
}
