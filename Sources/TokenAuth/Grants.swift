// What a token's holder may do beyond reading its own events and everyone's. Asked by the room above, which also says
// no.

/// The claim `sluice`:
/// `{"subscribe":["news","rooms/*"],"publish":["user:*","topic:rooms/*","everyone"],"admin":true}`.
///
/// A pattern is a name, or a beginning followed by `*`, which may stand only there. `admin` grants no subscribing and
/// no publishing.
package struct Grants: Sendable, Equatable {
    private let topicsToSubscribe: GrantPatterns
    /// The users that it may publish to.
    package let usersToPublish: GrantPatterns
    /// The topics that it may publish to.
    package let topicsToPublish: GrantPatterns
    /// Whether it may publish to everyone.
    package let mayPublishToEveryone: Bool
    /// Whether it may look at other users' streams, end them and revoke tokens.
    package let isAdmin: Bool

    /// The grants of a token without the claim: none.
    package static let none = Grants()

    private init() {
        topicsToSubscribe = GrantPatterns()
        usersToPublish = GrantPatterns()
        topicsToPublish = GrantPatterns()
        mayPublishToEveryone = false
        isAdmin = false
    }

    /// - Parameters:
    ///   - subscribe: topics: `news`, `rooms/*`, `*`.
    ///   - publish: audiences: `user:alice`, `user:*`, `topic:rooms/*`, `everyone`.
    ///   - isAdmin: whether it may look at other users' streams, end them and revoke tokens.
    /// - Throws: ``GrantsError`` when a grant is not understood. None is left out: a typing error must not become a
    ///   loss.
    package init(subscribe: [String] = [], publish: [String] = [], isAdmin: Bool = false) throws(GrantsError) {
        guard let topics = GrantPatterns(subscribe) else { throw .subscribe }
        var (users, published, everyone): ([String], [String], Bool) = ([], [], false)
        for grant in publish {
            if let name = Self.name(grant, behind: "user:") {
                users.append(name)
            } else if let name = Self.name(grant, behind: "topic:") {
                published.append(name)
            } else if grant == "everyone" {
                everyone = true
            } else {
                throw .publish
            }
        }
        guard let users = GrantPatterns(users), let published = GrantPatterns(published) else { throw .publish }
        self.topicsToSubscribe = topics
        self.usersToPublish = users
        self.topicsToPublish = published
        self.mayPublishToEveryone = everyone
        self.isAdmin = isAdmin
    }

    /// All that any of several grants.
    init(uniting grants: [Grants]) {
        topicsToSubscribe = GrantPatterns(uniting: grants.map(\.topicsToSubscribe))
        usersToPublish = GrantPatterns(uniting: grants.map(\.usersToPublish))
        topicsToPublish = GrantPatterns(uniting: grants.map(\.topicsToPublish))
        mayPublishToEveryone = grants.contains(where: \.mayPublishToEveryone)
        isAdmin = grants.contains(where: \.isAdmin)
    }

    private static func name(_ grant: String, behind kind: String) -> String? {
        guard grant.utf8.starts(with: kind.utf8) else { return nil }
        return String(grant.utf8.dropFirst(kind.utf8.count))
    }

    /// Whether it may subscribe to a topic.
    ///
    /// - Parameter topic: the topic's name.
    package func maySubscribe(toTopic topic: String) -> Bool { topicsToSubscribe.matches(topic) }

    /// Whether there is any audience that it may publish to.
    package var mayPublish: Bool {
        mayPublishToEveryone || !usersToPublish.isEmpty || !topicsToPublish.isEmpty
    }

    /// The topics to subscribe, as ``init(subscribe:publish:isAdmin:)`` takes them.
    package var subscribe: [String] { topicsToSubscribe.patterns }

    /// The audiences to publish to, as ``init(subscribe:publish:isAdmin:)`` takes them.
    package var publish: [String] {
        usersToPublish.patterns.map { "user:" + $0 } + topicsToPublish.patterns.map { "topic:" + $0 }
            + (mayPublishToEveryone ? ["everyone"] : [])
    }
}

// A grant that is not understood, in a token or on the command line.

/// A grant that is not understood.
package struct GrantsError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Which list it stands in.
    package let code: Code
    /// What a grant looks like.
    package let message: String

    /// The list.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// The topics to subscribe to.
        package static let subscribe = Code(name: "subscribe")
        /// The audiences to publish to.
        package static let publish = Code(name: "publish")
    }

    /// The message.
    package var description: String { message }

    private static let names = "A name has 1 to 256 bytes in Unicode form NFC, no control characters, `*` only as last."

    static let subscribe = GrantsError(
        code: .subscribe, message: "`subscribe` takes topics, such as `news`, `rooms/*` or `*`. \(names)")
    static let publish = GrantsError(
        code: .publish,
        message: "`publish` takes `user:NAME`, `topic:NAME` or `everyone`, and `*` behind a NAME's beginning. \(names)")
}
