// A post with all that hangs on it. Values without rules; those are the board's.

/// What someone has posted.
struct Post: Sendable, Equatable {
    /// What someone has said to it.
    struct Comment: Sendable, Equatable {
        let id: Int64
        let by: String
        let text: String
        let at: Int64
    }

    /// A reaction that someone has given.
    struct Given: Sendable, Equatable {
        let id: Int64
        let by: String
        let reaction: Reaction
        let at: Int64
    }

    let id: Int64
    let by: String
    let text: String
    /// In milliseconds since 1970, like all times here.
    let at: Int64
    var comments: [Comment] = []
    /// At most one of each kind by each user.
    var reactions: [Given] = []
}

/// The reactions that there are.
enum Reaction: String, Sendable, CaseIterable {
    case like
    case love
    case laugh
    case cheer
}

/// What the owner of a post is told.
struct Notice: Sendable, Equatable {
    /// What has happened.
    enum Kind: String, Sendable {
        case comment
        case reaction
    }

    let id: Int64
    let kind: Kind
    /// Whom it is for: the post's owner.
    let owner: String
    let post: Int64
    let by: String
    /// The comment, or the reaction.
    let text: String
    let at: Int64
    var isRead = false

    /// Whether the owner does not know it anyway.
    var isNews: Bool { by != owner }
}
