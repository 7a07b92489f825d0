// Whether this node lags behind others. A value; the time is passed in.

internal import EventLog
internal import NIOCore

/// What the other nodes have told of late.
struct NodeBook: Sendable {
    /// How the others are, as far as this node knows.
    enum Others: Sendable, Equatable {
        /// Nothing is heard of any.
        case unheard
        /// They are as cut off as anybody.
        case cutOff
        /// At least one has its log.
        case current
    }

    private struct Entry {
        var news: NodeNews
        let heard: NIODeadline
    }

    /// A place that this node should have reached.
    private struct Mark {
        let sequence: Position
        let since: NIODeadline
    }

    private var entries: [String: Entry] = [:]
    private var mark: Mark?
    /// Since when this node is cut off from the log.
    private var cutOffSince: NIODeadline?

    /// A node that has told nothing for this long is gone.
    static let lifetime = TimeAmount.seconds(5)
    /// How long this node may take to reach what another had, and how much later than this one another may find out
    /// that the log is away from both.
    static let patience = TimeAmount.seconds(3)
    /// More nodes than these are not kept.
    static let most = 1024

    mutating func hear(_ news: NodeNews, at now: NIODeadline) {
        forget(at: now)
        guard entries[news.node] != nil || entries.count < Self.most else { return }
        entries[news.node] = Entry(news: news, heard: now)
    }

    private mutating func forget(at now: NIODeadline) {
        entries = entries.filter { $0.value.heard + Self.lifetime > now }
    }

    /// How many other nodes there are.
    mutating func count(at now: NIODeadline) -> Int {
        forget(at: now)
        return entries.count
    }

    /// What they call themselves.
    mutating func names(at now: NIODeadline) -> [String] {
        forget(at: now)
        return Array(entries.keys)
    }

    mutating func others(at now: NIODeadline) -> Others {
        forget(at: now)
        guard !entries.isEmpty else { return .unheard }
        return entries.values.contains { $0.news.isCurrent } ? .current : .cutOff
    }

    /// Whether this node lags and others don't: it is cut off while another is current, or it has not reached for some
    /// time what another had.
    mutating func isOvertaken(_ own: NodeNews, at now: NIODeadline) -> Bool {
        forget(at: now)
        guard own.isCurrent else { return isCutOffAlone(at: now) }
        cutOffSince = nil
        let newest = entries.values.map(\.news).filter { $0.isCurrent && $0.epoch == own.epoch }.map(\.sequence).max()
        guard let newest, newest > own.sequence else {
            mark = nil
            return false
        }
        if let mark, own.sequence < mark.sequence { return mark.since + Self.patience <= now }
        mark = Mark(sequence: newest, since: now)
        return false
    }

    /// What another told before that, or soon after, says nothing of how it is now.
    private mutating func isCutOffAlone(at now: NIODeadline) -> Bool {
        let since = cutOffSince ?? now
        (cutOffSince, mark) = (since, nil)
        return entries.values.contains { $0.news.isCurrent && since + Self.patience <= $0.heard }
    }
}
