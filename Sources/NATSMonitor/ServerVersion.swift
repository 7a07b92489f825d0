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

    /// Why not to use it; none where nothing is known. The numbers are nats-server's issues, and each version is one
    /// that somebody has seen it with.
    var reproaches: [String] { Self.faults.filter { $0.from <= self && self < $0.below }.map(\.what) }

    private static let faults: [(from: ServerVersion, below: ServerVersion, what: String)] = [
        (
            ServerVersion(), ServerVersion("2.10.23"),
            "can lose a whole stream when servers are killed (nats-server #6888, repaired in 2.10.23)"
        ),
        (
            ServerVersion("2.10.23"), ServerVersion("2.11.0"),
            "is older than 2.11, which this gateway is made for and held to"
        ),
        (
            ServerVersion("2.11.0"), ServerVersion("2.11.4"),
            "can leave a replica behind the others for good (nats-server #6929, seen with 2.11.3)"
        ),
        (
            ServerVersion("2.11.0"), ServerVersion("2.12.2"),
            "can lose acknowledged events when one server's file is damaged, or servers are removed while others are killed "
                + "(nats-server #7549 and #7545, seen with 2.12.1)"
        ),
        (
            ServerVersion("2.12.0"), ServerVersion("2.12.5"),
            "can deliver messages with bytes of the servers' own protocol in them (nats-server #7842, seen with 2.12.4)"
        ),
    ]
}
