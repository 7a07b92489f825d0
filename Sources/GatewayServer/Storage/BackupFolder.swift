// The folder of a backup of NATS's streams: in it a folder for each stream, with the server's own archive, and what it
// is. The latter is written last: without it the backup is not whole.

internal import EventLog
internal import Foundation
internal import JetStreamEventLog
internal import NIOCore
internal import PlainWords

/// A backup on a disk.
struct BackupFolder: Sendable {
    private static let pieceBytes = 128 << 10

    let path: String

    private func archive(of stream: String) -> String { "\(path)/\(stream)/stream.tar.s2" }
    private func about(_ stream: String) -> String { "\(path)/\(stream)/backup.json" }

    /// Makes the folder, which must not be there, for this user alone.
    func create() throws(EventLogError) { try Self.makeFolder(path) }

    private static func makeFolder(_ path: String) throws(EventLogError) {
        guard mkdir(path, 0o700) == 0 else { throw failure(path, errno) }
    }

    /// Writes a stream.
    ///
    /// - Parameter make: given where the pieces of the archive go; returns what stands beside it.
    func write(
        _ stream: String,
        _ make: ((ByteBuffer) throws(EventLogError) -> Void) async throws(EventLogError) -> BackupHead
    ) async throws(EventLogError) -> BackupHead {
        try Self.makeFolder("\(path)/\(stream)")
        let file = try Self.newFile(archive(of: stream))
        let head = try await make { (piece) throws(EventLogError) in
            try Self.append(Data(piece.readableBytesView), to: file, archive(of: stream))
        }
        try Self.end(file, archive(of: stream))
        let note = try Self.newFile(about(stream))
        try Self.append(Data(head.json), to: note, about(stream))
        try Self.end(note, about(stream))
        return head
    }

    /// What a backup says of itself.
    ///
    /// - Returns: nothing when it is not whole, or not one of this stream.
    func readHead(of stream: String) -> BackupHead? {
        guard let bytes = FileManager.default.contents(atPath: about(stream)),
            let head = BackupHead(reading: Array(bytes)), head.stream.utf8.elementsEqual(stream.utf8)
        else { return nil }
        return head
    }

    /// The archive of a stream, piece by piece, and nothing at its end.
    func pieces(of stream: String) throws(EventLogError) -> () throws(EventLogError) -> ByteBuffer? {
        let path = archive(of: stream)
        guard let file = FileHandle(forReadingAtPath: path) else { throw Self.failure(path, errno) }
        return { () throws(EventLogError) in
            do {
                guard let piece = try file.read(upToCount: Self.pieceBytes), !piece.isEmpty else { return nil }
                return ByteBuffer(bytes: piece)
            } catch {
                throw EventLogError(.unavailable, "\(path): \(error.localizedDescription)")
            }
        }
    }

    // MARK: Files

    private static func newFile(_ path: String) throws(EventLogError) -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, errno) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func append(_ bytes: Data, to file: FileHandle, _ path: String) throws(EventLogError) {
        do {
            try file.write(contentsOf: bytes)
        } catch {
            throw EventLogError(.full, "\(path): \(error.localizedDescription)")
        }
    }

    private static func end(_ file: FileHandle, _ path: String) throws(EventLogError) {
        do {
            try file.synchronize()
            try file.close()
        } catch {
            throw EventLogError(.full, "\(path): \(error.localizedDescription)")
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> EventLogError {
        EventLogError(.unavailable, "\(path): \(PlainError.text(number: number))")
    }
}
