// How long a stream lasts, and when its client is told that the end is near. A value; the time is passed in.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// From a stream's opening, or its token's renewal, to the token's end.
struct StreamTerm: Sendable, Equatable {
    /// When the token ends, and the stream with it.
    private(set) var endsAt: NIODeadline
    /// When to tell the client; the distant future once that is done.
    private var noticeAt: NIODeadline
    /// What is kept of the token itself.
    private(set) var token: TokenMark
    /// The number of the key that signed the token; nil when nobody asks for it.
    private(set) var key: UInt64?

    /// - Parameters:
    ///   - now: what time it is.
    ///   - endsAt: when the token ends.
    ///   - notice: how long ahead to tell the client, but not before half of the time is over: else the end of a
    ///     short-lived token would be announced at its beginning.
    ///   - key: what the token was signed with.
    ///   - token: what it is told by when it is revoked.
    init(
        from now: NIODeadline, to endsAt: NIODeadline, notice: TimeAmount, key: UInt64? = nil,
        token: TokenMark = .unknown
    ) {
        (self.key, self.token) = (key, token)
        self.endsAt = endsAt
        let half = TimeAmount.nanoseconds(max(0, (endsAt - now).nanoseconds / 2))
        noticeAt = max(now + half, endsAt - notice)
    }

    /// When to look at it next.
    var nextDue: NIODeadline { min(endsAt, noticeAt) }

    /// Takes over a term that ends later. One that ends sooner changes nothing, because the first token is still valid.
    /// Tokens end at full seconds: what is nearer is the same end, told again.
    mutating func extend(to later: StreamTerm) {
        if later.endsAt - endsAt > .milliseconds(500) { self = later }
    }

    /// The seconds left, rounded up, when it is time to tell the client. It is told once per term.
    mutating func takeNotice(at now: NIODeadline) -> Int64? {
        guard noticeAt <= now else { return nil }
        noticeAt = .distantFuture
        let second = TimeAmount.seconds(1).nanoseconds
        return (max(0, (endsAt - now).nanoseconds) + second - 1) / second
    }
}

extension EventFrame {
    /// `event: sluice.expiring`: the page can get a new token while its stream is open. It has no id, so that a
    /// reconnect goes on behind the newest event.
    init(secondsLeft: Int64) {
        var json = JSONWriter()
        json.object { $0.integer("secondsLeft", secondsLeft) }
        self.init(id: nil, event: EventName(literal: "sluice.expiring"), data: ByteBuffer(bytes: json.bytes))
    }
}
