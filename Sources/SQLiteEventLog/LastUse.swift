// What a log's file says about its last use, and the boot of the machine that it was in. `LogWitness` is what a file
// beside it says about the same.

internal import EventLog
internal import Foundation
internal import GRDB

/// How a log's file was last used. Whoever opens it next judges it by this.
struct LastUse: Equatable {
    let durability: Durability
    /// Whether the log was closed, so that everything is synced.
    let wasClosed: Bool
    let bootID: String?
    /// Nil where an older Sluice used it last, which kept no witness.
    var use: UseID?
    /// The use before that one that had a witness.
    var previousUse: UseID?

    /// Whether events may be missing from the file that publishers were told are safe: the machine may have stopped
    /// with some of them in its memory only.
    func mayHaveLostEvents(bootID today: String?) -> Bool {
        guard durability == .normal, !wasClosed else { return false }
        guard let bootID, let today else { return true }
        return bootID != today
    }
}

// MARK: In the file

extension LastUse {
    /// Reads what the file says. A file that says nothing counts as left in the worst way.
    init(_ db: Database) throws {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT durability, closed, boot_id, use, previous_use FROM last_use")
        else {
            self.init(durability: .normal, wasClosed: false, bootID: nil)
            return
        }
        self.init(
            durability: Durability(rawValue: row[0]) ?? .normal, wasClosed: row[1], bootID: row[2],
            use: (row[3] as String?).flatMap(UseID.init), previousUse: (row[4] as String?).flatMap(UseID.init))
    }

    /// Writes it into the file.
    func write(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO last_use (id, durability, closed, boot_id, use, previous_use)
                VALUES (1, ?, ?, ?, ?, ?)
                """, arguments: [durability.rawValue, wasClosed, bootID, use?.text, previousUse?.text])
    }

    /// The uses that the file itself names, without the journal beside it.
    ///
    /// - Returns: nil where they can't be read, as in a file that was left in the middle of a checkpoint.
    static func usesWithoutJournal(_ path: String) -> [UseID]? {
        let query = "SELECT use FROM last_use UNION ALL SELECT previous_use FROM last_use"
        return try? FileWithoutJournal(path).texts(query).compactMap { $0.flatMap(UseID.init) }
    }
}

/// The kernel's name for the machine's boot. It tells whether the machine has restarted since the file was last used.
enum BootID {
    /// Nil where the system does not tell. A restart has to be assumed then.
    static func current() -> String? {
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8) else {
            return nil
        }
        let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return name.isEmpty ? nil : name
    }
}
