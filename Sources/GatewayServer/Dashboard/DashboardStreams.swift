// The dashboards that are open. A bounded number, each of which gets the same bytes; who does not take them misses a
// snapshot, and nobody waits for it.

internal import EventLog
internal import HTTPServing
internal import NIOCore

/// The open streams of dashboards. Confined to the admin listener's event loop.
struct DashboardStreams {
    /// More than an operator's team opens. Each holds a connection of the admin listener.
    static let most = 16
    /// How long a dashboard may take nothing before its stream is ended. A page that still lives comes again.
    static let patience = TimeAmount.seconds(30)

    private struct Open {
        let body: StreamBody
        /// Since when its socket has not taken what it was sent.
        var stuckSince: NIODeadline?
    }

    private let limit: Int
    private var open: [UInt64: Open] = [:]
    private var lastID: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { open.count }
    var hasRoom: Bool { open.count < limit }

    mutating func add(_ body: StreamBody) -> UInt64 {
        lastID += 1
        open[lastID] = Open(body: body)
        return lastID
    }

    mutating func remove(_ id: UInt64) { open[id] = nil }

    /// What to do when there is something to send: who gets it, and whose end it is. Who is in neither has not taken
    /// what came before, and misses this one.
    mutating func turn(at now: NIODeadline) -> (writeTo: [StreamBody], end: [StreamBody]) {
        var (writeTo, end): ([StreamBody], [StreamBody]) = ([], [])
        for (id, stream) in open {
            if stream.body.isWritable {
                open[id]?.stuckSince = nil
                writeTo.append(stream.body)
            } else if now - (stream.stuckSince ?? now) >= Self.patience {
                open[id] = nil
                end.append(stream.body)
            } else if stream.stuckSince == nil {
                open[id]?.stuckSince = now
            }
        }
        return (writeTo, end)
    }

    /// Takes all of them out.
    mutating func removeAll() -> [StreamBody] {
        defer { open = [:] }
        return open.values.map(\.body)
    }
}

extension StreamBody {
    var isWritable: Bool {
        switch self {
        case .http1(let handler): handler.isWritable
        case .http2(let outlet): outlet.isWritable
        }
    }

    func write(_ frame: EventFrame) {
        switch self {
        case .http1(let handler):
            handler.write(frame)
            handler.flush()
        case .http2(let outlet):
            outlet.write(frame)
            outlet.flush()
        }
    }

    func end(isOrderly: Bool, lastWord: EventFrame? = nil) {
        switch self {
        case .http1(let handler): handler.end(isOrderly: isOrderly, lastWord: lastWord)
        case .http2(let outlet): outlet.end(isOrderly: isOrderly, lastWord: lastWord)
        }
    }
}
