// What a stream keeps of its token, in few bytes, so that it can be told whether that token has been revoked.

internal import EventLog

/// A token's name, hashed, and when it was issued.
package struct TokenMark: Sendable, Equatable {
    /// Of its `jti`; 0 for a token without one. By a hash that differs from process to process: two names of one mark
    /// are chance, and then somebody else's stream ends, and comes back.
    private let nameHash: UInt64
    /// Its `iat` in seconds; the least number for a token without one.
    private let issuedAt: Int64

    /// A token of which nothing is known: revoked with its user's.
    package static let unknown = TokenMark(id: nil, issuedAt: nil)

    /// - Parameters:
    ///   - id: its `jti`.
    ///   - issuedAt: its `iat` in seconds, a fraction cut off.
    package init(id: String?, issuedAt: Int64?) {
        nameHash = id.map(Self.hash) ?? 0
        self.issuedAt = issuedAt ?? .min
    }

    private static func hash(_ name: String) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(name)
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1
    }

    /// Several revocations at once, as a stream's token is compared with them.
    struct Revoked: Sendable {
        private var names: Set<UInt64> = []
        private var users: [String: Int64] = [:]
        private var everyone = Int64.min

        init(_ revocations: [Revocation]) {
            for revocation in revocations {
                switch revocation.target {
                case .token(let name): names.insert(TokenMark.hash(name))
                case .user(let name): users[name] = max(users[name] ?? .min, revocation.issuedBefore)
                case .everyone: everyone = max(everyone, revocation.issuedBefore)
                }
            }
        }

        /// Whether a token is among them.
        func covers(_ mark: TokenMark, of user: String) -> Bool {
            mark.issuedAt < everyone || users[user].map { mark.issuedAt < $0 } ?? false
                || mark.nameHash != 0 && names.contains(mark.nameHash)
        }

        /// The users whose streams are all that have to be looked at; nothing when it may be any stream.
        var usersOnly: [String]? { names.isEmpty && everyone == .min ? Array(users.keys) : nil }
    }
}
