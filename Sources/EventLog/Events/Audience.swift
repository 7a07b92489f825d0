// Whom an event is for. Who may publish to an audience is the token's matter, not this room's.

/// The streams that an event is meant for.
package enum Audience: Sendable, Hashable {
    /// Every stream of one user.
    case user(String)
    /// Every stream of several users; each name once.
    case users([String])
    /// Every stream that subscribed to the topic.
    case topic(String)
    /// Every stream.
    case everyone

    /// The audience's kind, as metrics name it.
    package var kind: String {
        switch self {
        case .user, .users: "user"
        case .topic: "topic"
        case .everyone: "everyone"
        }
    }
}

/// What one stream reads: its user's events, the topics that it asked for and was granted, and everyone's.
package struct Interest: Sendable, Hashable {
    /// The token's subject.
    package let user: String
    /// Each topic once.
    package let topics: [String]

    package init(user: String, topics: [String] = []) {
        self.user = user
        self.topics = topics
    }
}
