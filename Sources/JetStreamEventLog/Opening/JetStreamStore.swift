// The two streams before there is a log: looked at, made where that is wished, and held to what they have to be.

package import EventLog
package import NATSClient
internal import NIOCore
internal import OpenSSLKit

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
        /// How many events and bytes the events stream has, if it is there.
        package var messages: UInt64 = 0
        package var bytes: UInt64 = 0
    }

    /// Looks, and changes nothing.
    package func examine() async throws(EventLogError) -> Findings {
        var findings = Findings()
        for config in settings.configs {
            guard let info = try await find(config.name) else {
                findings.missing.append(config.name)
                continue
            }
            findings.differences += config.differences(from: info.config)
            guard config.name == settings.stream else { continue }
            (findings.messages, findings.bytes) = (info.contents.messages, info.contents.bytes)
        }
        return findings
    }

    /// Makes what is missing.
    ///
    /// - Returns: the names of what was made.
    @discardableResult
    package func create() async throws(EventLogError) -> [String] {
        try holdName()
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
    func open() async throws(EventLogError) -> Opened {
        try holdName()
        let made = settings.mayCreate ? try await create() : []
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
        let epoch = try await epoch(of: infos[0])
        return Opened(events: infos[0], state: infos[1], epoch: epoch, made: made)
    }

    /// The epoch that the events have at present.
    func epoch(of events: StreamInfo) async throws(EventLogError) -> Epoch {
        let subjects = settings.subjects
        let record = try await settled(.message(.last(subject: subjects.epoch), of: subjects.stateStream)) {
            $0.refusal == .noMessage
        }
        do throws(OpenSSLFailure) {
            return try StoreEpoch.epoch(
                of: subjects.stream, created: events.created,
                record: record.flatMap { EpochRecord(payload: $0.message.payload) })
        } catch {
            throw EventLogError(.unavailable, "\(error)")
        }
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
