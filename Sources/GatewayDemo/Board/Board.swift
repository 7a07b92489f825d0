// The demo's data, where a product has its database: posts, comments, reactions, and what each user has been told of
// them. A value; it publishes nothing.

/// What three people have written.
struct Board: Sendable {
    /// Nobody can make it grow beyond these; the oldest make room.
    enum Limit {
        static let posts = 100
        static let commentsPerPost = 100
        static let noticesPerUser = 100
        static let textBytes = 2000
    }

    /// The oldest first.
    private(set) var posts: [Post] = []
    private var notices: [String: [Notice]] = [:]
    private var lastID: Int64 = 0

    /// A board on which everyone has said something already.
    static func furnished(at now: Int64) -> Board {
        var board = Board()
        board.addPost(by: "carol", "Rain all week. The tomatoes are happy, I am not.", at: now - 3 * 3_600_000)
        board.addPost(by: "bob", "Found the bug. It was a cache. It is always a cache.", at: now - 42 * 60_000)
        board.addPost(by: "alice", "First loaf from the new oven. Who wants to taste it?", at: now - 6 * 60_000)
        return board
    }

    @discardableResult
    mutating func addPost(by user: String, _ text: String, at now: Int64) -> Post {
        let post = Post(id: nextID(), by: user, text: text, at: now)
        posts.append(post)
        if posts.count > Limit.posts { posts.removeFirst() }
        return post
    }

    /// Adds a comment to a post; nil when there is no such post.
    ///
    /// - Returns: what the post's owner is to be told.
    mutating func addComment(to id: Int64, by user: String, _ text: String, at now: Int64) -> Notice? {
        guard let index = posts.firstIndex(where: { $0.id == id }) else { return nil }
        let notice = Notice(
            id: nextID(), kind: .comment, owner: posts[index].by, post: id, by: user, text: text, at: now)
        posts[index].comments.append(Post.Comment(id: notice.id, by: user, text: text, at: now))
        if posts[index].comments.count > Limit.commentsPerPost { posts[index].comments.removeFirst() }
        keep(notice)
        return notice
    }

    /// Adds a reaction to a post; nil when there is no such post. The same one again changes nothing.
    ///
    /// - Returns: what the post's owner is to be told, the same each time.
    mutating func addReaction(to id: Int64, by user: String, _ reaction: Reaction, at now: Int64) -> Notice? {
        guard let index = posts.firstIndex(where: { $0.id == id }) else { return nil }
        if let before = posts[index].reactions.first(where: { $0.by == user && $0.reaction == reaction }) {
            return notice(of: before, on: posts[index])
        }
        let given = Post.Given(id: nextID(), by: user, reaction: reaction, at: now)
        posts[index].reactions.append(given)
        let notice = notice(of: given, on: posts[index])
        keep(notice)
        return notice
    }

    private func notice(of given: Post.Given, on post: Post) -> Notice {
        Notice(
            id: given.id, kind: .reaction, owner: post.by, post: post.id, by: given.by, text: given.reaction.rawValue,
            at: given.at)
    }

    // MARK: What users have been told

    /// A user's notices, the oldest first.
    func notices(for user: String) -> [Notice] { notices[user] ?? [] }

    /// Marks what a user has been told as read.
    ///
    /// - Returns: the newest that is read now.
    mutating func markRead(by user: String) -> Int64 {
        guard let count = notices[user]?.count else { return 0 }
        for index in 0..<count { notices[user]?[index].isRead = true }
        return notices[user]?.last?.id ?? 0
    }

    /// Nobody needs to be told what they did themselves.
    private mutating func keep(_ notice: Notice) {
        guard notice.isNews else { return }
        notices[notice.owner, default: []].append(notice)
        if notices(for: notice.owner).count > Limit.noticesPerUser { notices[notice.owner]?.removeFirst() }
    }

    private mutating func nextID() -> Int64 {
        lastID += 1
        return lastID
    }
}
