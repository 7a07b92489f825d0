// The one place where an engine is opened: a new one is a case of `log.kind` and a function here.

internal import EventLog
internal import Logging
internal import MemoryEventLog
internal import NIOPosix
internal import PlainWords
internal import SQLiteEventLog

extension GatewayConfiguration {
    /// Opens the event log, and returns when it can be followed. `async`, because an engine may be on the network.
    func openLog(_ logger: Logger, _ registry: PrometheusRegistry) async throws(StartupError) -> OpenedLog {
        switch log.kind {
        case .memory: return OpenedLog(log: openMemoryLog())
        case .sqlite:
            // `ConfigurationChecks` demands the path.
            let path = log.path ?? ""
            return OpenedLog(
                log: try await offTheTasks { () throws(StartupError) in try openSQLiteLog(path, logger) })
        case .jetstream:
            let opening = JetStreamOpening(
                configuration: self, logger: logger, metrics: ClusterMetrics(registry: registry))
            return try await opening.open(mayCreate: log.jetStream.mayCreate)
        }
    }

    /// Runs what waits for a file on a thread that is no task's. Tasks have as many threads as the machine has cores,
    /// and one of them has to hear signals meanwhile.
    private func offTheTasks<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StartupError) -> Value
    ) async throws(StartupError) -> Value {
        let result: Result<Value, StartupError> = await withCheckedContinuation { done in
            NIOThreadPool.singleton.submit { _ in done.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }

    private func openMemoryLog() -> any EventLog {
        var random = SystemRandomNumberGenerator()
        return MemoryEventLog(epoch: .fresh(using: &random), settings: logSettings, clock: WallTime.systemClock)
    }

    /// Warns when the file can't go on under its epoch.
    private func openSQLiteLog(_ path: String, _ logger: Logger) throws(StartupError) -> any EventLog {
        var engine = SQLiteLogSettings(durability: log.durability == .full ? .full : .normal)
        engine.keepsRequests = stream.requestField
        do {
            let log = try SQLiteEventLog(
                path: path, settings: logSettings, engine: engine,
                clock: WallTime.systemClock)
            guard let reason = log.newEpochReason else { return log }
            logger.warning(
                "The event log begins a new epoch: streams that resume are told that they may have missed events (sluice.gap).",
                metadata: ["path": "\(path)", "reason": "\(reason)", "epoch": "\(log.epoch)"])
            return log
        } catch {
            throw StartupError(
                error.isConfiguration ? .log : .busy,
                "\(places.name("log.path")): \(QuotedValue.hiding(path, in: error.message))")
        }
    }
}

extension LogFileError {
    /// Another process may release the file, and a disk may get room. Then another start is worthwhile.
    var isConfiguration: Bool { ![.inUse, .full].contains(code) }
}
