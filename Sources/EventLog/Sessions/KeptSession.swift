// What is kept of a sign-in whose token fits no cookie: whose it is, until when, and what the verified token said. The
// browser has a handle in its place, and here is only the handle's digest: whoever reads the log has no session.

/// A session that the gateway keeps for a browser.
package struct KeptSession: Sendable, Hashable {
    /// What it is found by.
    package let name: Name
    package let user: String
    /// What the sign-in is called that its streams come from, as whoever asks names it; empty when it has no name. It
    /// stays when the browser is given another handle.
    package let session: String
    /// From when on nobody asks for it.
    package let endsAt: WallTime
    /// What its token said, as whoever verifies tokens writes it down. To a log these are bytes.
    package let content: [UInt8]

    package init(name: Name, user: String, session: String = "", endsAt: WallTime, content: [UInt8]) {
        self.name = name
        self.user = user
        self.session = session
        self.endsAt = endsAt
        self.content = content
    }

    /// The same, with an end that is no later than this.
    func ending(by time: WallTime) -> KeptSession {
        KeptSession(name: name, user: user, session: session, endsAt: min(endsAt, time), content: content)
    }

    /// What it takes up in a table, in bytes: its places in the table, in the order of ends and with its user's others,
    /// each as large as Swift's tables can make it; its user's name, its sign-in's, and its content.
    package var cost: Int {
        Self.overhead + EventCost.bytes(ofText: user.utf8.count) + EventCost.bytes(ofText: session.utf8.count)
            + content.count
    }

    /// Whether both are of the same sign-in.
    func isOfSameSignIn(as other: KeptSession) -> Bool {
        !session.isEmpty && session == other.session && user == other.user
    }

    private static let overhead = 768

    /// The SHA-256 digest of a handle. It says nothing of the handle, and how long a look in a table takes says nothing
    /// of what is there: nobody can choose the digest of what they send.
    package struct Name: Sendable, Hashable, Comparable {
        private let words: (UInt64, UInt64, UInt64, UInt64)

        /// - Parameter digest: 32 bytes.
        /// - Returns: nothing when it is of another length.
        package init?(digest: some Collection<UInt8>) {
            guard digest.count == Self.byteCount else { return nil }
            var words: [UInt64] = [0, 0, 0, 0]
            for (index, byte) in digest.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
            self.words = (words[0], words[1], words[2], words[3])
        }

        /// The digest.
        package var bytes: [UInt8] {
            [words.0, words.1, words.2, words.3].flatMap { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
            }
        }

        private static let byteCount = 32

        package static func == (left: Name, right: Name) -> Bool { left.words == right.words }

        package static func < (left: Name, right: Name) -> Bool { left.words < right.words }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
    }
}

/// What is asked of the sessions that a log keeps.
package enum SessionOrder: Sendable, Equatable {
    /// A user signs in, and one is kept, or none if its token fits a cookie.
    ///
    /// `inPlaceOf` are those whose handles the browser forgets. The user's own end a little later, for what the browser
    /// has sent meanwhile (``KeptSessions/graceSeconds``); another's end at once. One of the same sign-in as `keeping`
    /// stays until the next time: should the answer be lost, the browser has nothing else.
    case signIn(String, keeping: KeptSession?, inPlaceOf: [KeptSession.Name])
    /// Lets go of some at once, with all others of their sign-ins.
    case signOut([KeptSession.Name])
}

/// What became of the sessions, for whoever has them elsewhere too.
package struct SessionChange: Sendable, Equatable {
    /// Those that are new, or end at another time than before.
    package var kept: [KeptSession]
    /// Those that were there and are not any more.
    package var forgotten: [KeptSession.Name]

    package init(kept: [KeptSession] = [], forgotten: [KeptSession.Name] = []) {
        (self.kept, self.forgotten) = (kept, forgotten)
    }

    package var isNothing: Bool { kept.isEmpty && forgotten.isEmpty }
}

/// How many sessions are kept.
package struct SessionSettings: Sendable, Equatable {
    /// How many bytes they may take up, each at its ``KeptSession/cost``. One more is refused: nobody's goes for
    /// another user's.
    package var bytes: Int
    /// How many a user may have. For one more, the user's own that ends first goes.
    package var perUser: Int

    package init(bytes: Int = 32 << 20, perUser: Int = 16) {
        (self.bytes, self.perUser) = (bytes, perUser)
    }

    /// How many bytes a user may have: however long its tokens are, it leaves room for others.
    var bytesPerUser: Int { bytes / 4 }
}
