// What a gateway calls itself in the lists of NATS's servers, and to the other gateways.

/// Names of nodes: `sluice/STREAM/` and 16 random digits.
enum NodeName {
    static func fresh(of stream: String, using generator: inout some RandomNumberGenerator) -> String {
        let digits = String(generator.next() as UInt64, radix: 16)
        return beginning(stream) + String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Whether a client of NATS is a gateway of the same log.
    static func isNode(_ name: String, of stream: String) -> Bool { name.utf8.starts(with: beginning(stream).utf8) }

    private static func beginning(_ stream: String) -> String { "sluice/\(stream)/" }
}
