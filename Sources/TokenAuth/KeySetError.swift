// Why a key set is not accepted: always something an operator can put right.

/// A key set that is not accepted.
package struct KeySetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let code: Code
    /// Which key by its place and `kid`, what is wrong with it, and what to do. Repeats nothing of a secret.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

extension KeySetError {
    /// What can be wrong with a key set.
    package struct Code: Sendable, Hashable {
        private let name: String

        /// No JSON, or not the shape of a JWK Set (RFC 7517 §5).
        package static let malformed = Code(name: "malformed")
        /// No key at all, or none for what is asked.
        package static let empty = Code(name: "empty")
        /// A key without `kid`, or two with one.
        package static let keyID = Code(name: "key-id")
        /// A key of a kind that is not known here.
        static let keyType = Code(name: "key-type")
        /// A key for an algorithm that is none of ours, or none of its kind.
        static let algorithm = Code(name: "algorithm")
        /// A key that is not for signatures.
        package static let use = Code(name: "use")
        /// A public or private key whose numbers are missing, badly written, too small or no key at all.
        static let material = Code(name: "key-material")
        /// More bytes or keys than a provider's set may have.
        static let tooLarge = Code(name: "too-large")
        /// A secret that is missing, badly written or too short.
        package static let secret = Code(name: "secret")
    }
}
