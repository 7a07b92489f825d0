// Goes through all events of a log's file, in their order, with what has to fit together about each.

internal import EventLog
internal import EventStream
internal import GRDB

/// A look at each event.
struct ContentExamination {
    private let event: BoundStatement
    private let recipient: BoundStatement
    private let recipients: Int
    private let head: Position

    private var count = 0
    private var last: (sequence: Position, total: Int64)?
    private var names = 0
    private var faults: [String] = []
    private var faultCount = 0
    /// More faults are counted, and not told.
    private static let told = 3

    /// - Parameter db: within a read transaction.
    private init(_ db: Database) throws {
        event = try BoundStatement(db, "SELECT sequence, bytes, total, audience, name FROM event ORDER BY sequence")
        recipient = try BoundStatement(db, "SELECT count(*) FROM recipient WHERE audience = ? AND sequence = ?")
        recipients = try Int.fetchOne(db, sql: "SELECT count(*) FROM recipient") ?? 0
        head = try LogTally(db).head
    }

    static func findings(in db: Database) throws -> [LogFinding] {
        var examination = try ContentExamination(db)
        return try examination.findings()
    }

    private mutating func findings() throws -> [LogFinding] {
        defer { event.reset() }
        while try event.step() {
            count += 1
            try look(at: event.position(0), bytes: event.int64(1), total: event.int64(2))
        }
        if names != recipients {
            note("the index by audience has \(recipients) entries, and the events have \(names)")
        }
        guard faultCount > 0 else { return [LogFinding(.fine, "events", summary)] }
        let more = faultCount > Self.told ? ["and \(faultCount - Self.told) more"] : []
        return [LogFinding(.wrong, "events", (faults + more).joined(separator: "; "))]
    }

    private var summary: String {
        guard count > 0 else { return "there are none" }
        let first = head - Position(count) + 1
        return "\(count), from \(first) to \(head) without a hole; their sums and \(names) entries by audience fit"
    }

    private mutating func look(at sequence: Position, bytes: Int64, total: Int64) throws {
        if let last {
            if sequence != last.sequence + 1 { note("\(last.sequence + 1) to \(sequence - 1) are missing") }
            if total - bytes != last.total { note("the sum at \(sequence) is not that before it and its bytes") }
        }
        last = (sequence, total)
        guard let audience = event.text(3).flatMap(AudienceText.audience(from:)) else {
            return note("\(sequence) is for nobody that can be read")
        }
        if !event.isNull(4), event.text(4).flatMap({ try? EventName($0) }) == nil {
            note("\(sequence) has a name that none may have")
        }
        for key in Set(AudienceText.keys(of: audience)) {
            names += 1
            if try !isFound(sequence, by: key) { note("\(sequence) is not found by one that it is for") }
        }
    }

    private func isFound(_ sequence: Position, by key: String) throws -> Bool {
        defer { recipient.reset() }
        recipient.bind(key, at: 1)
        recipient.bind(sequence, at: 2)
        return try recipient.step() && recipient.int64(0) == 1
    }

    private mutating func note(_ fault: String) {
        faultCount += 1
        if faults.count < Self.told { faults.append(fault) }
    }
}
