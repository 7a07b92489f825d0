// A log's file as it is on the disk, without the journal beside it. It is read without a lock, and without leaving a
// trace.

internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// A file that is only read. Another process may write it meanwhile, and then what is read may make no sense.
final class FileWithoutJournal {
    private var connection: OpaquePointer?

    init(_ path: String) throws {
        let uri = URL(fileURLWithPath: path).absoluteString + "?immutable=1"
        try succeed(sqlite3_open_v2(uri, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nil))
    }

    deinit { sqlite3_close(connection) }

    /// The first column of all rows.
    func texts(_ query: String) throws -> [String?] {
        var statement: OpaquePointer?
        defer { sqlite3_finalize(statement) }
        try succeed(sqlite3_prepare_v2(connection, query, -1, &statement, nil))
        var texts: [String?] = []
        while true {
            let code = sqlite3_step(statement)
            guard code == SQLITE_ROW else {
                if code != SQLITE_DONE { try succeed(code) }
                return texts
            }
            texts.append(sqlite3_column_text(statement, 0).map { String(cString: $0) })
        }
    }

    /// The number in the only row and column.
    func number(_ query: String) throws -> Int { try texts(query).first.flatMap { $0 }.flatMap(Int.init) ?? 0 }

    private func succeed(_ code: CInt) throws {
        guard code != SQLITE_OK else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: code), message: sqlite3_errmsg(connection).map { String(cString: $0) })
    }
}
