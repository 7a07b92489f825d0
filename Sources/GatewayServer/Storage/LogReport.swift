// `sluice log stats`: a log in numbers, as lines for people and as one JSON object for programs.

internal import EventLog
internal import SQLiteEventLog
internal import StrictJSON

/// Rows of a name, and a number or a text.
package struct LogReport: Sendable {
    /// What stands in a row.
    enum Value: Sendable, Equatable {
        case number(Int)
        case bytes(Int)
        case text(String)
        /// Nothing is known, as of the oldest event of an empty log.
        case none
    }

    /// How many events one kind of audience has.
    struct Share: Sendable, Equatable {
        let audience: String
        let events: Int
        let bytes: Int?
    }

    /// In their order; the name is the JSON object's, too.
    let rows: [(name: String, value: Value)]
    let audiences: [Share]

    /// - Parameter holder: who has the file open.
    init(_ figures: LogFigures, holder: PortHolder?) {
        rows = [
            ("kind", .text("sqlite")), ("format", .number(figures.format)), ("epoch", .text(figures.epoch)),
            ("epochs", .number(figures.epochs)),
            ("in_use_by", holder.map { .number(Int($0.process)) } ?? (figures.isInUse ? .text("unknown") : .none)),
            ("events", .number(figures.events)), ("bytes", .bytes(figures.bytes)),
            ("first", .number(Int(clamping: figures.first))), ("last", .number(Int(clamping: figures.last))),
            ("oldest", .time(figures.oldest)), ("newest", .time(figures.newest)),
            ("publishers", .number(figures.publishers)), ("publish_keys", .number(figures.publishKeys)),
            ("revocations", .number(figures.revocations)), ("sessions", .number(figures.sessions)),
            ("file_bytes", .bytes(figures.fileBytes)), ("free_bytes", .bytes(figures.freeBytes)),
            ("wal_bytes", .bytes(figures.journalBytes)),
        ]
        audiences = figures.audiences.map { Share(audience: $0.audience, events: $0.events, bytes: $0.bytes) }
    }

    init(rows: [(name: String, value: Value)], audiences: [Share]) { (self.rows, self.audiences) = (rows, audiences) }

    /// A line for each row.
    package var text: String {
        let shares = audiences.map { share in
            ("events for \(share.audience)", "\(share.events)" + (share.bytes.map { ", \(ByteCount($0))" } ?? ""))
        }
        let lines = rows.map { ($0.name.split(separator: "_").joined(separator: " "), $0.value.words) } + shares
        let width = lines.map(\.0.count).max() ?? 0
        return lines.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value + "\n"
        }.joined()
    }

    /// One JSON object on one line.
    package var json: String {
        var shares = JSONWriter()
        shares.array(audiences) { share, members in
            members.string("audience", share.audience)
            members.integer("events", Int64(share.events))
            if let bytes = share.bytes { members.integer("bytes", Int64(bytes)) }
        }
        var writer = JSONWriter()
        writer.object { members in
            for (name, value) in rows {
                switch value {
                case .number(let number), .bytes(let number): members.integer(name, Int64(number))
                case .text(let text): members.string(name, text)
                case .none: members.raw(name, "null".utf8)
                }
            }
            members.raw("audiences", shares.bytes)
        }
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}

extension LogReport.Value {
    static func time(_ time: WallTime?) -> Self { time.map { .text($0.description) } ?? .none }

    fileprivate var words: String {
        switch self {
        case .number(let number): "\(number)"
        case .bytes(let bytes): bytes < 1024 ? "\(bytes)" : "\(bytes) (\(ByteCount(bytes)))"
        case .text(let text): text
        case .none: "-"
        }
    }
}
