// `sluice log backup|restore|verify|stats|vacuum`: what an operator does with the log that a configuration names,
// beside a running gateway or without one. Here it is decided which engine's work it is; a file's is SQLiteEventLog's.

internal import EventLog
internal import PlainWords
internal import SQLiteEventLog

/// The log that a configuration names, for an operator's commands.
package struct LogStorage: Sendable {
    let configuration: GatewayConfiguration

    package init(_ configuration: GatewayConfiguration) { self.configuration = configuration }

    /// How far a command is.
    package typealias Progress = @Sendable (_ doneBytes: Int, _ allBytes: Int) -> Void

    /// Looks through the log.
    ///
    /// - Throws: ``StartupError`` for a kind of log that keeps nothing.
    package func verify() async throws(StartupError) -> [CheckFinding] {
        guard configuration.log.kind != .jetstream else { return await JetStreamStorage(configuration).verify() }
        let (file, path) = try storedLog(for: "verify")
        let subject = "log.path \(QuotedValue.name(path))"
        do throws(LogFileError) {
            let findings = try file.examine()
            return findings.map { CheckFinding($0, path) } + remedy(findings, subject)
        } catch {
            let fault: CheckFinding.Fault = error.isConfiguration ? .configuration : .surroundings
            return [CheckFinding(.wrong, subject, QuotedValue.hiding(path, in: error.message), fault: fault)]
        }
    }

    /// What to do about a log that is wrong.
    private func remedy(_ findings: [LogFinding], _ subject: String) -> [CheckFinding] {
        guard findings.contains(where: { $0.outcome == .wrong }) else {
            return [CheckFinding(.fine, subject, "is whole")]
        }
        return [
            CheckFinding(
                .wrong, subject,
                "is damaged; stop the gateway and put a backup in its place (`sluice log restore`), or move it away with "
                    + "its -wal: then an empty log begins, and streams that resume are told of the gap")
        ]
    }

    /// Counts what the log holds.
    package func figures() async throws(StartupError) -> LogReport {
        guard configuration.log.kind != .jetstream else { return try await JetStreamStorage(configuration).figures() }
        let (file, path) = try storedLog(for: "stats")
        do throws(LogFileError) {
            return LogReport(try file.figures(), holder: PortHolder.find(log: path))
        } catch {
            throw failure(error, path)
        }
    }

    /// Copies the log's file, or NATS's streams. Gateways go on meanwhile.
    package func backUp(to target: String, progress: @escaping Progress) async throws(StartupError) -> String {
        guard configuration.log.kind != .jetstream else {
            return try await JetStreamStorage(configuration).backUp(to: target, progress)
        }
        let (file, path) = try storedLog(for: "backup")
        do throws(LogFileError) {
            let extent = try file.backUp(to: target) { progress($0.doneBytes, $0.allBytes) }
            return "backed up \(Self.words(extent)) to \(target)"
        } catch {
            throw failure(error, path)
        }
    }

    /// Puts a backup in the place of the log's file, or of NATS's streams.
    ///
    /// - Returns: lines for the operator.
    package func restore(from backup: String, progress: @escaping Progress) async throws(StartupError) -> [String] {
        guard configuration.log.kind != .jetstream else {
            return try await JetStreamStorage(configuration).restore(from: backup, progress)
        }
        let (file, path) = try storedLog(for: "restore")
        try requireStopped(path, "stop it, and restore then")
        do throws(LogFileError) {
            let done = try file.restore(from: backup, now: WallTime.systemClock()) {
                progress($0.doneBytes, $0.allBytes)
            }
            return [
                "restored \(Self.words(done.extent)) from \(backup)",
                done.aside.map { "the file of before is \($0); remove it when nobody needs it" },
                Self.words(carried: done.carried, hadFile: done.aside != nil),
                "the next start begins a new epoch: streams that resume are told that they may have missed events "
                    + "(sluice.gap), and sessions that the gateway kept are gone",
            ].compactMap(\.self)
        } catch {
            throw failure(error, path)
        }
    }

    /// Gives room that no event needs back to the disk.
    package func vacuum() throws(StartupError) -> String {
        let (file, path) = try storedLog(for: "vacuum")
        try requireStopped(path, "stop it first: its publishers would wait all the while")
        do throws(LogFileError) {
            let (before, after) = try file.vacuum()
            let given = ByteCount(max(0, before - after))
            return "gave back \(given) of \(ByteCount(before)); the log has \(ByteCount(after)) now"
        } catch {
            throw failure(error, path)
        }
    }

    /// Has a new epoch begin, after a restore that nobody can see: of a whole disk, or of NATS's streams.
    ///
    /// - Returns: a line for the operator.
    package func beginEpoch() async throws(StartupError) -> String {
        guard configuration.log.kind != .jetstream else {
            return try await JetStreamStorage(configuration).beginEpoch()
        }
        let (file, path) = try storedLog(for: "new-epoch")
        try requireStopped(path, "stop it first")
        do throws(LogFileError) {
            try file.forgetLastUse()
            return "the next start begins a new epoch: streams that resume are told that they may have missed events"
        } catch {
            throw failure(error, path)
        }
    }

    // MARK: The file

    func storedLog(for command: String) throws(StartupError) -> (StoredLog, String) {
        guard let path = configuration.log.file else {
            let kind = configuration.log.kind.rawValue
            let instead = "`sluice log \(command)` works on a log in a file"
            throw StartupError(.log, "\(configuration.places.name("log.kind")): is \(kind); \(instead)")
        }
        return (StoredLog(path: path), path)
    }

    func requireStopped(_ path: String, _ remedy: String) throws(StartupError) {
        guard let holder = PortHolder.find(log: path), StoredLog(path: path).isInUse else { return }
        throw StartupError(
            .busy,
            "\(configuration.places.name("log.path")): \(QuotedValue.name(path)) is in use by \(holder); \(remedy)")
    }

    func failure(_ error: LogFileError, _ path: String) -> StartupError {
        StartupError(
            error.isConfiguration ? .log : .busy,
            "\(configuration.places.name("log.path")): \(QuotedValue.hiding(path, in: error.message))")
    }

    private static func words(_ extent: LogExtent) -> String {
        "\(extent.head - extent.floor) events (up to \(extent.head), \(ByteCount(extent.byteCount)))"
    }

    private static func words(carried: Int?, hadFile: Bool) -> String? {
        guard hadFile || carried == nil else { return nil }
        guard let carried else {
            return "the file of before can't be read: revoke again what was revoked since the backup was made"
        }
        return carried == 0 ? nil : "\(carried) revocations of the file of before stay in force"
    }
}

extension CheckFinding {
    /// A finding in a log's file.
    fileprivate init(_ finding: LogFinding, _ path: String) {
        let outcome: Outcome =
            switch finding.outcome {
            case .fine: .fine
            case .doubtful: .doubtful
            case .wrong: .wrong
            }
        self.init(outcome, finding.subject, QuotedValue.hiding(path, in: finding.detail))
    }
}
