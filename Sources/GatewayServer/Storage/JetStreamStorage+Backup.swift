// `sluice log backup|restore` on a log that NATS keeps: both streams, in the server's own archives. A restore ends in a
// new epoch, so that no id comes to mean another event.

internal import EventLog
internal import Foundation
internal import JetStreamEventLog
internal import NIOCore
internal import PlainWords

extension JetStreamStorage {
    // MARK: backup

    /// Copies both streams into a folder. Gateways go on meanwhile.
    ///
    /// - Returns: a line for the operator.
    func backUp(to path: String, _ progress: @escaping LogStorage.Progress) async throws(StartupError) -> String {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw StartupError(.log, "\(QuotedValue.name(path)): is there already; name another folder, which is made")
        }
        let heads = try await connected("backup") { (store) throws(EventLogError) in
            // The state second: it has to know all that the events' notes speak of.
            try await Self.copy([store.streams.events, store.streams.state], from: store, to: path, progress)
        }
        return "backed up \(heads.map(Self.words).joined(separator: ", and ")) to \(path)"
    }

    private static func copy(
        _ streams: [String], from store: JetStreamStore, to path: String, _ progress: LogStorage.Progress
    ) async throws(EventLogError) -> [BackupHead] {
        let folder = BackupFolder(path: path)
        try folder.create()
        var (heads, done, all) = ([BackupHead](), 0, 0)
        for stream in streams { all += Int(clamping: try await store.contents(of: stream)?.bytes ?? 0) }
        for stream in streams {
            let random = UInt64.random(in: .min ... .max)
            let head = try await folder.write(stream) { (append) throws(EventLogError) in
                try await store.backUp(stream, random: random) { (piece) throws(EventLogError) in
                    try append(piece)
                    done += piece.readableBytes
                    progress(done, all)
                }
            }
            heads.append(head)
        }
        return heads
    }

    private static func words(_ head: BackupHead) -> String {
        "\(head.messages) messages of \(head.stream) (up to \(head.last), \(ByteCount(Int(clamping: head.bytes))))"
    }

    // MARK: restore

    /// Puts a backup in the place of both streams. No gateway may run.
    ///
    /// - Returns: lines for the operator.
    func restore(
        from path: String, _ progress: @escaping LogStorage.Progress
    ) async throws(StartupError) -> [String] {
        let (folder, fresh) = (BackupFolder(path: path), Self.freshEpoch())
        let streams = configuration.jetStreamSettings(mayCreate: false).streams
        let events = try Self.head(of: streams.events, in: folder)
        let state = try Self.head(of: streams.state, in: folder)
        return try await connected("restore") { (store) throws(EventLogError) in
            guard try await !store.hearsNodes() else {
                throw EventLogError(.busy, "a gateway runs with it: stop all of them, and restore then")
            }
            // What has been revoked since stays so, where the stream is the one of the backup, only longer.
            let keepsState = try await store.isSame(state.stream, as: state)
            let restored = keepsState ? [events] : [events, state]
            let aside = try await Self.setAside(restored.map(\.stream), of: store, path, progress)
            for head in restored {
                try await Self.replace(head, in: store, from: folder, aside ?? path, progress)
            }
            try await store.beginEpoch(fresh, behind: events)
            return [
                "restored \(restored.map(Self.words).joined(separator: ", and ")) from \(path)",
                aside.map { "what was there is in \($0); remove it when nobody needs it" },
                keepsState
                    ? "\(state.stream) stays as it is: what was revoked since the backup is revoked"
                    : "revoke again what was revoked since the backup was made",
                "the epoch is \(fresh) from here on: streams that resume are told that they may have missed events "
                    + "(sluice.gap)",
            ].compactMap(\.self)
        }
    }

    private static func head(of stream: String, in folder: BackupFolder) throws(StartupError) -> BackupHead {
        guard let head = folder.readHead(of: stream) else {
            throw StartupError(
                .log, "\(QuotedValue.name(folder.path)): has no whole backup of the stream \(QuotedValue.name(stream))")
        }
        return head
    }

    /// Backs up what a restore removes, beside the backup.
    ///
    /// - Returns: where; nothing when there is nothing.
    private static func setAside(
        _ streams: [String], of store: JetStreamStore, _ path: String, _ progress: LogStorage.Progress
    ) async throws(EventLogError) -> String? {
        var there: [String] = []
        for stream in streams where try await store.contents(of: stream)?.messages ?? 0 > 0 { there.append(stream) }
        guard !there.isEmpty else { return nil }
        let aside = "\(path).before-\(Int(Date().timeIntervalSince1970))"
        do throws(EventLogError) {
            _ = try await copy(there, from: store, to: aside, progress)
            return aside
        } catch {
            throw EventLogError(
                .unavailable,
                "nothing was changed: what is there can't be kept (\(error.message)). If nobody needs it, remove it "
                    + "with `nats stream rm`, and restore then")
        }
    }

    private static func replace(
        _ head: BackupHead, in store: JetStreamStore, from folder: BackupFolder, _ aside: String,
        _ progress: LogStorage.Progress
    ) async throws(EventLogError) {
        let pieces = try folder.pieces(of: head.stream)
        var done = 0
        do throws(EventLogError) {
            try await store.remove(head.stream)
            try await store.restore(head) { () throws(EventLogError) in
                let piece = try pieces()
                done += piece?.readableBytes ?? 0
                progress(done, max(done, Int(clamping: head.bytes)))
                return piece
            }
        } catch {
            throw EventLogError(
                .unavailable,
                "the stream \(head.stream) is not whole: \(error.message). Restore again, or what was there from \(aside)"
            )
        }
    }
}
