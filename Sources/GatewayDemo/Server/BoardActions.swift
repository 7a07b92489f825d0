// What users do on the board, each with the one line that tells whom it concerns. This is where a product's own code
// calls its notifier.

internal import EventStream
internal import GatewayClient
internal import GatewayRules
internal import HTTPServing
internal import HTTPTypes
internal import StrictJSON
internal import Synchronization

/// The board, and who is told of what happens on it.
final class BoardActions: Sendable {
    private let board: Mutex<Board>
    private let publisher: any EventPublisher
    private let clock: @Sendable () -> Int64
    /// The board begins anew with each start, and a log in a file does not: so keys of another start are other keys.
    private let start: String

    init(publisher: any EventPublisher, clock: @escaping @Sendable () -> Int64) {
        let now = clock()
        board = Mutex(.furnished(at: now))
        start = String(now, radix: 36)
        self.publisher = publisher
        self.clock = clock
    }

    // MARK: Reading

    var postsJSON: [UInt8] {
        var writer = JSONWriter()
        writer.array(board.withLock { $0.posts.reversed() }) { post, members in post.write(to: &members) }
        return writer.bytes
    }

    /// Says whose it is: the cookie is every tab's, and one of them may not know yet that someone else has signed in.
    func inboxJSON(of user: String) -> [UInt8] {
        var list = JSONWriter()
        list.array(board.withLock { $0.notices(for: user) }) { notice, members in notice.write(to: &members) }
        var writer = JSONWriter()
        writer.object { members in
            members.string("user", user)
            members.raw("notices", list.bytes)
        }
        return writer.bytes
    }

    // MARK: Writing

    /// Does what a path says.
    ///
    /// - Throws: ``Problem`` when there is nothing at the path, or a field is wrong.
    func act(_ path: [Substring], by user: String, _ fields: TextFields) async throws(Problem) -> Answer {
        switch (path.count, path.first, path.last) {
        case (1, "posts", _): return await post(try fields.required("text"), by: user)
        case (3, "posts", "comments"): return try await comment(try id(path[1]), fields, by: user)
        case (3, "posts", "reactions"): return try await react(try id(path[1]), fields, by: user)
        case (2, "inbox", "read"): return await read(by: user)
        case (1, "time", _): return try await time(fields["to"], by: user)
        default: throw .nothingHere
        }
    }

    private func id(_ text: Substring) throws(Problem) -> Int64 {
        guard let id = Int64(text) else { throw .nothingHere }
        return id
    }

    /// Everyone sees a new post.
    private func post(_ text: String, by user: String) async -> Answer {
        let post = board.withLock { $0.addPost(by: user, text, at: clock()) }
        return await tell(.everyone, Self.postEvent, post.json, key: "post-\(post.id)")
    }

    /// The post's owner sees a comment, in all their tabs, and nobody else does.
    private func comment(_ id: Int64, _ fields: TextFields, by user: String) async throws(Problem) -> Answer {
        let text = try fields.required("text")
        return try await tell(board.withLock { $0.addComment(to: id, by: user, text, at: clock()) })
    }

    private func react(_ id: Int64, _ fields: TextFields, by user: String) async throws(Problem) -> Answer {
        guard let reaction = Reaction(rawValue: try fields.required("reaction")) else {
            let all = Reaction.allCases.map(\.rawValue).joined(separator: " ")
            throw Problem(.badRequest, "field-invalid", "`reaction` has to be one of \(all).")
        }
        return try await tell(board.withLock { $0.addReaction(to: id, by: user, reaction, at: clock()) })
    }

    private func tell(_ notice: Notice?) async throws(Problem) -> Answer {
        guard let notice else { throw .nothingHere }
        guard notice.isNews else { return told(.success(0)) }
        let key = "\(notice.kind)-\(notice.id)"
        return await tell(.user(notice.owner), notice.kind.event, notice.json, key: key)
    }

    /// What is read in one tab is read in all.
    private func read(by user: String) async -> Answer {
        let newest = board.withLock { $0.markRead(by: user) }
        return await tell(
            .user(user), Self.readEvent, JSONText.object { $0.integer("upTo", newest) }, key: "read-\(user)-\(newest)")
    }

    /// The seed of all this: the time, to one user or to everyone.
    private func time(_ to: String?, by user: String) async throws(Problem) -> Answer {
        guard to.map(DemoBackend.users.contains) ?? true else {
            throw Problem(.badRequest, "field-invalid", "`to` has to be one of the demo's users, or left out.")
        }
        let now = clock()
        let data = JSONText.object { members in
            members.string("by", user)
            members.integer("at", now)
        }
        return await tell(to.map { .user($0) } ?? .everyone, Self.timeEvent, data, key: "time-\(user)-\(now)")
    }

    // MARK: Telling

    private static let postEvent = EventName(literal: "post")
    private static let readEvent = EventName(literal: "read")
    private static let timeEvent = EventName(literal: "time")

    /// What was done stays done when the gateway can't be reached: the page is told of that, and shows it.
    private func tell(
        _ audience: PublishRequest.Audience, _ event: EventName, _ data: String, key: String
    ) async -> Answer {
        let request = PublishRequest(audience: audience, event: event, data: data)
        do {
            return told(.success(try await publisher.publish(request, key: "demo-\(start)-\(key)")))
        } catch {
            return told(.failure(error))
        }
    }

    private func told(_ result: Result<Int, any Error>) -> Answer {
        .json(.created) { members in
            switch result {
            case .success(let streams): members.integer("streams", Int64(streams))
            case .failure(let error): members.string("problem", "\(error)")
            }
        }
    }
}

extension Notice.Kind {
    /// The event's name, which the page listens to.
    fileprivate var event: EventName {
        switch self {
        case .comment: EventName(literal: "comment")
        case .reaction: EventName(literal: "reaction")
        }
    }
}
