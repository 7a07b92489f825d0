// `sluice log verify|stats` on a log that NATS keeps: what its streams are, hold, and where they stand, asked by the
// API.

internal import EventLog
internal import JetStreamEventLog
internal import NATSClient

/// The log of a cluster, for an operator's commands.
struct JetStreamStorage: Sendable {
    let configuration: GatewayConfiguration
    private var subject: String { "log.jetstream.stream \(configuration.log.jetStream.stream)" }

    init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    private static func random() -> UInt64 { .random(in: .min ... .max) }

    /// Runs with a connection.
    func connected<Value: Sendable>(
        _ name: String, _ body: (JetStreamStore) async throws(EventLogError) -> Value
    ) async throws(StartupError) -> Value {
        let client = try await configuration.connectedClient(for: "log \(name)")
        let result: Result<Value, EventLogError>
        do throws(EventLogError) {
            let store = JetStreamStore(configuration.jetStreamSettings(mayCreate: false), client: client)
            result = .success(try await body(store))
        } catch {
            result = .failure(error)
        }
        await client.shutdown()
        do throws(EventLogError) {
            return try result.get()
        } catch {
            throw StartupError(.busy, "\(configuration.places.name("log.jetstream.stream")): \(error.message)")
        }
    }

    // MARK: verify

    func verify() async -> [CheckFinding] {
        do throws(StartupError) {
            return try await connected("verify") { (store) throws(EventLogError) in
                let found = try await store.examine()
                let streams = JetStreamCheck.findings(of: found, mayCreate: false, subject)
                guard found.missing.isEmpty else { return streams }
                let survey = try await store.survey(random: Self.random)
                let reading = try await store.readThrough(random: Self.random) { _ in }
                return streams + [survey.events, survey.state].flatMap(Self.findings)
                    + [Self.contents(reading), Self.holes(reading), epoch(survey)]
            }
        } catch {
            let fault: CheckFinding.Fault = error.isConfiguration ? .configuration : .surroundings
            return [CheckFinding(.wrong, subject, error.message, fault: fault)]
        }
    }

    private func epoch(_ survey: StoreSurvey) -> CheckFinding {
        let text =
            survey.epoch.map { "\($0) is today's" } ?? "none yet: the first gateway that opens the log begins one"
        return CheckFinding(.fine, "epoch", text)
    }

    /// Where a stream stands.
    static func findings(_ stream: StoreSurvey.Stream) -> [CheckFinding] {
        guard let leader = stream.leader else {
            return [CheckFinding(.fine, "stream \(stream.name)", "stands on one server, which is in no cluster")]
        }
        return [CheckFinding(.fine, "stream \(stream.name)", "is led by \(leader)")]
            + stream.replicas.map { replica in
                let subject = "stream \(stream.name) on \(replica.name)"
                guard !replica.isOffline else {
                    return CheckFinding(
                        .wrong, subject, "is away: the loss of another server stops publishing; start it",
                        fault: .surroundings)
                }
                return replica.isCurrent
                    ? CheckFinding(.fine, subject, "is current")
                    : CheckFinding(.doubtful, subject, "lags by \(replica.lag) changes; it should be current soon")
            }
    }

    static func contents(_ reading: StoreReading) -> CheckFinding {
        let counts = "\(reading.events) can be read, and \(reading.notes) notes stand between them"
        guard let first = reading.firstUnreadable else { return CheckFinding(.fine, "events", counts) }
        return CheckFinding(
            .wrong, "events",
            "\(reading.unreadable) messages are no events of this version, which gateways skip: the first is "
                + "\(first.sequence) (\(first.why)); \(counts)")
    }

    static func holes(_ reading: StoreReading) -> CheckFinding {
        guard let first = reading.firstMissing else { return CheckFinding(.fine, "sequence", "has no hole") }
        return CheckFinding(
            .doubtful, "sequence",
            "\(reading.missing) messages are gone between the first and the last, from \(first) on: somebody has purged "
                + "them, or a server has lost them")
    }

    // MARK: new-epoch

    static func freshEpoch() -> Epoch {
        var random = SystemRandomNumberGenerator()
        return Epoch.fresh(using: &random)
    }

    func beginEpoch() async throws(StartupError) -> String {
        let fresh = Self.freshEpoch()
        try await connected("new-epoch") { (store) throws(EventLogError) in try await store.beginEpoch(fresh) }
        return "the epoch is \(fresh) from here on: streams that resume with an id behind what NATS has are told of it"
    }

    // MARK: stats

    func figures() async throws(StartupError) -> LogReport {
        try await connected("stats") { (store) throws(EventLogError) in
            LogReport(try await store.survey(random: Self.random))
        }
    }
}

extension LogReport {
    fileprivate init(_ survey: StoreSurvey) {
        let (events, state) = (survey.events, survey.state)
        self.init(
            rows: [
                ("kind", .text("jetstream")), ("epoch", survey.epoch.map { .text($0.text) } ?? .none),
                ("stream", .text(events.name)),
                ("leader", events.leader.map(Value.text) ?? .none), ("replicas", .number(events.replicas.count + 1)),
                ("events", .number(Int(clamping: survey.audiences.reduce(0) { $0 + $1.events }))),
                ("messages", .number(Int(clamping: events.messages))), ("bytes", .bytes(Int(clamping: events.bytes))),
                ("first", .number(Int(clamping: events.first))), ("last", .number(Int(clamping: events.last))),
                ("deleted", .number(Int(clamping: events.deleted))), ("oldest", .time(events.oldest)),
                ("newest", .time(events.newest)), ("revocations", .number(Int(clamping: survey.revocations))),
                ("sessions", .number(Int(clamping: survey.sessions))),
                ("state_bytes", .bytes(Int(clamping: state.bytes))),
            ],
            audiences: survey.audiences.map {
                Share(audience: $0.audience, events: Int(clamping: $0.events), bytes: nil)
            })
    }
}
