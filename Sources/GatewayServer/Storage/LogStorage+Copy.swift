// `sluice log copy --to FILE`: from one gateway's file to the log that several gateways share. The events come under
// new ids, so streams that resume with an old one are told of a gap.

internal import EventLog
package import Logging
internal import PlainWords
internal import SQLiteEventLog

extension LogStorage {
    /// How many events are on their way at once.
    private static let piece = 256

    /// Copies what the log's file holds into an empty log on NATS.
    ///
    /// - Parameters:
    ///   - target: the configuration of a gateway that is to use the new log.
    ///   - logger: told what the new log has to say.
    /// - Returns: lines for the operator.
    package func copy(
        to target: GatewayConfiguration, logger: Logger, progress: @escaping Progress
    ) async throws(StartupError) -> [String] {
        let (file, path) = try storedLog(for: "copy")
        guard target.log.kind == .jetstream else {
            throw StartupError(
                .log,
                "\(target.places.name("log.kind")): is \(target.log.kind.rawValue), and should be jetstream. From file to "
                    + "file, use `sluice log backup` and `sluice log restore`")
        }
        try requireStopped(path, "stop it: what it takes meanwhile would be missing")
        let held: HeldLog
        do throws(LogFileError) { held = try file.hold() } catch { throw failure(error, path) }
        let result = await copied(held, path, to: target, logger, progress)
        held.release()
        return try result.get()
    }

    private func copied(
        _ held: HeldLog, _ path: String, to target: GatewayConfiguration, _ logger: Logger,
        _ progress: @escaping Progress
    ) async -> Result<[String], StartupError> {
        do throws(StartupError) {
            let opening = JetStreamOpening(
                configuration: target, logger: logger, metrics: ClusterMetrics(registry: PrometheusRegistry()))
            let opened = try await opening.open(mayCreate: target.log.jetStream.mayCreate)
            opened.log.follow(Tail { _ in })
            let result = await copied(held, path, into: opened.log, target, progress)
            await opened.log.close()
            await opened.cluster?.close()
            return result
        } catch {
            return .failure(error)
        }
    }

    private func copied(
        _ held: HeldLog, _ path: String, into log: any EventLog, _ target: GatewayConfiguration,
        _ progress: @escaping Progress
    ) async -> Result<[String], StartupError> {
        let stream = target.log.jetStream.stream
        guard log.extent.head == log.extent.floor else {
            return .failure(
                StartupError(
                    .log,
                    "\(target.places.name("log.jetstream.stream")): \(stream) has events already. Copy into an empty "
                        + "one: give it another name, or empty it with `nats stream purge \(stream)`"))
        }
        var copy = LogCopying(held: held, log: log, progress: progress)
        do throws(StartupError) {
            try await copy.run(piece: Self.piece) { failure($0, path) }
            return .success([
                "copied \(copy.events) events and \(held.revocations.count) revocations to \(stream)"
                    + (copy.expired > 0 ? "; \(copy.expired) events had expired" : ""),
                "its epoch is \(log.epoch): streams that resume with an id of the file are told that they may have "
                    + "missed events (sluice.gap), and get what it holds",
                "not copied are Idempotency-Keys and sessions that the gateway kept; the file stays as it is",
            ])
        } catch {
            return .failure(
                StartupError(
                    error.code,
                    "\(error.message) Of \(held.extent.head - held.extent.floor) events \(copy.events) have been copied: "
                        + "before you copy again, empty the stream with `nats stream purge \(stream)`"))
        }
    }
}

/// One copy under way.
private struct LogCopying {
    let held: HeldLog
    let log: any EventLog
    let progress: LogStorage.Progress
    private(set) var events = 0
    private(set) var expired = 0

    init(held: HeldLog, log: any EventLog, progress: @escaping LogStorage.Progress) {
        (self.held, self.log, self.progress) = (held, log, progress)
    }

    /// What is revoked comes first: no gateway may let such a token in because a copy stopped half-way.
    mutating func run(
        piece limit: Int, _ failure: (LogFileError) -> StartupError
    ) async throws(StartupError) {
        let log = log
        for revocation in held.revocations { try await wait { log.revoke(revocation, completion: $0) } }
        var position = held.extent.floor
        let run = UInt64.random(in: .min ... .max)
        while position < held.extent.head {
            let piece: HeldLog.Piece
            do throws(LogFileError) {
                piece = try held.piece(after: position, limit: limit, now: WallTime.systemClock())
            } catch {
                throw failure(error)
            }
            guard piece.position > position else { break }
            // With a key, what was sent twice because an answer was lost is there once.
            let key = PublishKey(publisher: "sluice log copy", key: "\(run)/\(position)", digest: [])
            let batch = EventBatch(piece.events, key: key)
            if !piece.events.isEmpty { try await wait { log.append(batch, completion: $0) } }
            position = piece.position
            events += piece.events.count
            expired += piece.expired
            progress(Int(clamping: position - held.extent.floor), Int(clamping: held.extent.head - held.extent.floor))
        }
    }

    private func wait<Value: Sendable>(
        _ body: (@escaping @Sendable (Result<Value, EventLogError>) -> Void) -> Void
    ) async throws(StartupError) {
        let result: Result<Value, EventLogError> = await withCheckedContinuation { done in
            body { done.resume(returning: $0) }
        }
        do throws(EventLogError) { _ = try result.get() } catch { throw StartupError(.busy, error.message) }
    }
}
