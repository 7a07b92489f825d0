// Why a token is not issued: no verifier would take it.

/// A token that is not issued.
package struct TokenIssueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let code: Code
    /// What is wrong, and what it should be.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// What can be wrong with an order for a token.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// The user's name.
        package static let subject = Code(name: "subject")
        /// The token's own name.
        static let tokenID = Code(name: "token-id")
        /// How long it should be good for.
        package static let lifetime = Code(name: "lifetime")
        /// OpenSSL failed.
        static let signing = Code(name: "signing")
    }
}
