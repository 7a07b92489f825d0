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
