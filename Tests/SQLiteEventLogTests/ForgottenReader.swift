import GRDB

/// Another program that has begun to read a log's file, and forgets to end: what it sees has to stay in the journal.
func forgottenReader(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.allowsUnsafeTransactions = true
    let shell = try DatabaseQueue(path: path, configuration: configuration)
    try shell.unsafeReentrantRead { db in
        try db.execute(sql: "BEGIN")
        _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM event")
    }
    return shell
}
