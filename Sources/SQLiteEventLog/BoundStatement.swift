// SQLite's C interface for the statements that run once per event: GRDB's arguments and rows cost several allocations
// each, which is more than the insert itself. Everything else goes through GRDB.

internal import EventLog
internal import GRDB
internal import GRDBSQLite
internal import NIOCore

/// A prepared statement of GRDB's, with values bound and read without a detour.
///
/// Use it only within an access to the connection that made it.
struct BoundStatement {
    /// Owns the C statement.
    private let statement: Statement
    private var pointer: OpaquePointer { statement.sqliteStatement }

    /// Has SQLite copy the bytes before a bind returns.
    private static var transient: sqlite3_destructor_type {
        // The C header defines it as this cast, which Swift can't import.
        unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    }

    /// Takes the connection's statement for `sql`, prepared once per connection.
    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        reset()
    }

    // MARK: Binding; the first parameter is 1

    func bind(_ number: Int64, at index: CInt) { sqlite3_bind_int64(pointer, index, number) }

    func bind(_ position: Position, at index: CInt) { bind(Int64(clamping: position), at: index) }

    func bind(_ number: Int64?, at index: CInt) {
        if let number { bind(number, at: index) } else { sqlite3_bind_null(pointer, index) }
    }

    func bind(_ text: String?, at index: CInt) {
        guard var text else {
            sqlite3_bind_null(pointer, index)
            return
        }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                _ = sqlite3_bind_text(pointer, index, characters.baseAddress, CInt(characters.count), Self.transient)
            }
        }
    }

    /// Zero bytes are the empty blob: with a null pointer it would be NULL.
    func bind(_ bytes: UnsafeRawBufferPointer, at index: CInt) {
        guard bytes.count > 0 else {
            sqlite3_bind_zeroblob(pointer, index, 0)
            return
        }
        sqlite3_bind_blob64(pointer, index, bytes.baseAddress, UInt64(bytes.count), Self.transient)
    }

    func bind(_ buffer: ByteBuffer, at index: CInt) { buffer.withUnsafeReadableBytes { bind($0, at: index) } }

    // MARK: Running

    /// Goes to the next row.
    ///
    /// - Returns: whether there is one.
    /// - Throws: `DatabaseError`. A bind that failed (no memory, too long) has left NULL, which the tables refuse here.
    func step() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer)))
            reset()
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
    }

    /// Runs a statement that gives no rows, and readies it for the next run.
    func run() throws {
        _ = try step()
        reset()
    }

    /// Ends a run, which releases the snapshot that it reads.
    func reset() { sqlite3_reset(pointer) }

    // MARK: The row; the first column is 0

    func isNull(_ column: CInt) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    func int64(_ column: CInt) -> Int64 { sqlite3_column_int64(pointer, column) }

    func position(_ column: CInt) -> Position { Position(clamping: int64(column)) }

    func text(_ column: CInt) -> String? {
        guard !isNull(column), let start = sqlite3_column_text(pointer, column) else { return nil }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column)))
        return String(validating: bytes, as: UTF8.self)
    }

    func bytes(_ column: CInt) -> ByteBuffer {
        guard let start = sqlite3_column_blob(pointer, column) else { return ByteBuffer() }
        return ByteBuffer(
            bytes: UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
    }
}
