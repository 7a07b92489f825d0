// The keys of a provider's set that are no use here, counted by why. For a metric and for `sluice check`.

/// How many keys were skipped for what.
package struct SkippedKeys: Sendable, Equatable, CustomStringConvertible {
    /// Each reason that there was, with its keys.
    package private(set) var counts: [Reason: Int] = [:]

    init() {}

    mutating func count(_ reason: Reason) { counts[reason, default: 0] += 1 }

    /// How many there were.
    package var total: Int { counts.values.reduce(0, +) }

    /// The reasons in the order of their names: `2 key-type, 1 use`; `none` when there were none.
    package var description: String {
        guard !counts.isEmpty else { return "none" }
        return counts.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
    }

    /// Why a key is skipped.
    package struct Reason: Error, Sendable, Hashable, CustomStringConvertible {
        /// As a metric's label has it.
        package let description: String

        private init(_ description: String) { self.description = description }

        init(_ code: KeySetError.Code) {
            switch code {
            case .keyID: self = .keyID
            case .keyType: self = .keyType
            case .algorithm: self = .algorithm
            case .use: self = .use
            default: self = .material
            }
        }

        /// No object, or a member of the wrong kind.
        static let malformed = Reason("malformed")
        /// Without a `kid` beside other keys, or with one that no name may be.
        static let keyID = Reason("key-id")
        /// A `kty` or `crv` that is not known.
        static let keyType = Reason("key-type")
        /// An `alg` that is none of ours or not the key's: `RSA-OAEP`, `ES256K`.
        static let algorithm = Reason("algorithm")
        /// Not for verifying (`use`, `key_ops`).
        static let use = Reason("use")
        /// A certificate without the numbers of its key.
        static let certificate = Reason("certificate")
        /// Its numbers are missing, not well written, too small, or no point of the curve.
        static let material = Reason("key-material")
        /// A shared secret: published, it is none.
        static let symmetric = Reason("symmetric")
        /// A private key: published, anyone signs with it.
        static let `private` = Reason("private")
        /// Another key of the same name and algorithm.
        static let duplicate = Reason("duplicate")
    }
}
