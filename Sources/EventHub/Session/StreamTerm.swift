// How long a stream lasts, and when its client is told that the end is near. A value, told the time.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// From a stream's opening, or its token's renewal, to the token's end.
struct StreamTerm: Sendable, Equatable {
    /// When the token ends, and the stream with it.
    private(set) var endsAt: NIODeadline
    /// When the client is to be told; the distant future once it has been.
    private var noticeAt: NIODeadline
    /// The key that the token was signed with, told from others; nothing where nobody asks.
    private(set) var key: UInt64?

    /// - Parameters:
    ///   - now: what time it is.
    ///   - endsAt: when the token ends.
    ///   - notice: how long ahead the client is told. It is told when half of the time is over at the earliest: a
    ///     short-lived token is not announced to end as soon as it begins.
    ///   - key: what the token was signed with.
    init(from now: NIODeadline, to endsAt: NIODeadline, notice: TimeAmount, key: UInt64? = nil) {
        self.key = key
        self.endsAt = endsAt
        let half = TimeAmount.nanoseconds(max(0, (endsAt - now).nanoseconds / 2))
        noticeAt = max(now + half, endsAt - notice)
    }

    /// When it has to be looked at next.
    var nextDue: NIODeadline { min(endsAt, noticeAt) }

    /// Goes on as a later term does; one that ends sooner changes nothing, for the token that was shown first is still
    /// good.
    mutating func extend(to later: StreamTerm) {
        if later.endsAt > endsAt { self = later }
    }

    /// How many seconds are left, rounded up, when the client has to be told so now: once per term.
    mutating func takeNotice(at now: NIODeadline) -> Int64? {
        guard noticeAt <= now else { return nil }
        noticeAt = .distantFuture
        let second = TimeAmount.seconds(1).nanoseconds
        return (max(0, (endsAt - now).nanoseconds) + second - 1) / second
    }
}

extension EventFrame {
    /// `event: sluice.expiring`: the page's chance to get a new token while its stream is open. Has no id, so that a
    /// reconnect goes on behind the newest event.
    init(secondsLeft: Int64) {
        var json = JSONWriter()
        json.object { $0.integer("secondsLeft", secondsLeft) }
        self.init(id: nil, event: EventName(literal: "sluice.expiring"), data: ByteBuffer(bytes: json.bytes))
    }
}
