// A version of nats-server, and what is known of it.

/// Three numbers, as `2.15.1`.
package struct ServerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let numbers: [Int]

    /// One that nobody has told.
    package init() { numbers = [] }

    /// - Parameter text: what stands behind a third number is passed over: a preview counts as what it comes before.
    package init(_ text: String) {
        let digits = text.utf8.prefix { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        numbers = digits.split(separator: UInt8(ascii: "."))
            .prefix(3).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    }

    package var description: String { numbers.isEmpty ? "unknown" : numbers.map(String.init).joined(separator: ".") }

    package static func < (left: ServerVersion, right: ServerVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    /// Why not to use it; nothing when there is no reason that is known. The numbers are nats-server's issues.
    var reproach: String? {
        if self < ServerVersion("2.10.23") {
            return "can lose a whole stream when servers are killed (nats-server #6888, repaired in 2.10.23)"
        }
        if self < ServerVersion("2.11.0") {
            return "is older than 2.11, which this gateway is made for and held to"
        }
        return nil
    }
}
