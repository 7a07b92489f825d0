// Tokens that are good no more before their time. Whoever verifies tokens asks; a log keeps the list, since it has to
// survive what the log survives, and reach whoever follows it.

/// A group of tokens that are revoked.
package struct Revocation: Sendable, Hashable {
    /// Whose tokens.
    package enum Target: Sendable, Hashable {
        /// The one token of this name (`jti`, RFC 7519 §4.1.7).
        case token(String)
        /// A user's.
        case user(String)
        /// All.
        case everyone

        /// Of the user or of the token; empty for all.
        package var name: String {
            switch self {
            case .token(let name), .user(let name): name
            case .everyone: ""
            }
        }
    }

    package let target: Target
    /// A token counts when it was issued before this second (`iat`, RFC 7519 §4.1.6), or does not say when. Without
    /// meaning for a single token, which is revoked whenever it was issued.
    package let issuedBefore: Int64
    /// When it was asked for.
    package let madeAt: WallTime

    /// - Parameters:
    ///   - issuedBefore: seconds since 1970.
    ///   - madeAt: the time of the request.
    package init(_ target: Target, issuedBefore: Int64, madeAt: WallTime) {
        self.target = target
        if case .token = target { self.issuedBefore = .max } else { self.issuedBefore = issuedBefore }
        self.madeAt = madeAt
    }

    /// Whether a time of issue is among those revoked.
    ///
    /// - Parameter issuedAt: in seconds since 1970, a fraction cut off; nothing for a token that does not say.
    package func covers(issuedAt: Int64?) -> Bool { issuedAt.map { $0 < issuedBefore } ?? true }

    /// From when on no token can be alive that it revokes.
    ///
    /// - Parameter seconds: how long a token may live, with what clocks may differ (``LogSettings/revocationSeconds``).
    package func end(keptFor seconds: Int64) -> WallTime {
        guard case .token = target else {
            return WallTime(milliseconds: max(madeAt.milliseconds, Self.milliseconds(issuedBefore)))
                .adding(seconds: seconds)
        }
        return madeAt.adding(seconds: seconds)
    }

    /// What is revoked by either of two of one target.
    package func joined(with other: Revocation) -> Revocation {
        Revocation(
            target, issuedBefore: max(issuedBefore, other.issuedBefore), madeAt: max(madeAt, other.madeAt))
    }

    /// Whether all that `other` revokes is revoked by this one too. A token's time of issue is not known here: it lies
    /// before its revocation, or behind it by no more than clocks may differ.
    package func includes(_ other: Revocation) -> Bool {
        guard target == .everyone else { return self == other }
        switch other.target {
        case .everyone, .user: return other.issuedBefore <= issuedBefore
        case .token: return other.madeAt.adding(seconds: Self.clockSkewSeconds) < issuedAtLimit
        }
    }

    /// The most that two clocks may differ (`auth.clock_skew`).
    package static let clockSkewSeconds: Int64 = 300

    private var issuedAtLimit: WallTime { WallTime(milliseconds: Self.milliseconds(issuedBefore)) }

    private static func milliseconds(_ seconds: Int64) -> Int64 {
        WallTime(milliseconds: 0).adding(seconds: seconds).milliseconds
    }

    /// What it takes up in a list, in bytes: its record, its place in the order, and a bucket of a table that has just
    /// grown; its name once, since both share it.
    package var cost: Int { Self.overhead + EventCost.bytes(ofText: target.name.utf8.count) }

    private static let overhead = 320
}
