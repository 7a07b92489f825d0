// What a session's new token means for its open streams.

package import EventLog
package import NIOCore

/// How long streams go on, and which of them.
package struct StreamRenewal: Sendable {
    /// How long the new token is valid.
    let lifetime: TimeAmount
    /// What it was signed with.
    let key: UInt64?
    /// What it is told by when it is revoked.
    let token: TokenMark
    /// Whether it grants all of a stream's topics. If it does not, the stream keeps its end.
    let permits: @Sendable ([String]) -> Bool

    package init(
        lifetime: TimeAmount, key: UInt64? = nil, token: TokenMark = .unknown,
        permits: @escaping @Sendable ([String]) -> Bool
    ) {
        (self.lifetime, self.key, self.token, self.permits) = (lifetime, key, token, permits)
    }
}

/// Says by this node's own rules what a token means that another node has verified; nothing when it would be refused
/// here.
package typealias RenewalJudge = @Sendable (SessionRenewal) -> StreamRenewal?

extension SessionRenewal {
    /// What it counts as while it waits, in bytes.
    var cost: Int { 128 + user.utf8.count + session.utf8.count + content.count }
}
