// A session that goes on with a new token, as it travels to all nodes of a shared log. It is kept by nobody: who opens
// a stream behind it has the new token already, or comes back with it.

/// Moves the end of a session's open streams, at every node.
package struct SessionRenewal: Sendable, Hashable {
    package let user: String
    /// What the sign-in is called that the streams come from.
    package let session: String
    /// What the new token said, its end included, as whoever verifies tokens writes it down: each node judges it by its
    /// own rules. To a log these are bytes.
    package let content: [UInt8]

    /// How long the content may be that is no kept session's. Where a token says more, streams at other nodes end with
    /// the former one, and come back.
    package static let contentLimit = 16 << 10

    package init(user: String, session: String, content: [UInt8]) {
        (self.user, self.session, self.content) = (user, session, content)
    }
}

extension KeptSession {
    /// What it means to the open streams of its sign-in; nothing where that has no name.
    package var renewal: SessionRenewal? {
        session.isEmpty ? nil : SessionRenewal(user: user, session: session, content: content)
    }
}
