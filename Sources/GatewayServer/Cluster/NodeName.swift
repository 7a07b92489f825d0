// What a gateway calls itself in the lists of NATS's servers, and to the other gateways.

/// Names of nodes: `sluice/STREAM/` and 16 random digits.
enum NodeName {
    static func fresh(of stream: String, using generator: inout some RandomNumberGenerator) -> String {
        let digits = String(generator.next() as UInt64, radix: 16)
        return beginning(stream) + String(repeating: "0", count: digitCount - digits.utf8.count) + digits
    }

    /// Whether a client of NATS is a gateway of the same log.
    static func isNode(_ name: String, of stream: String) -> Bool { name.utf8.starts(with: beginning(stream).utf8) }

    /// What a node is called where the log is known: the digits.
    static func digits(of name: String) -> String { String(decoding: name.utf8.suffix(digitCount), as: UTF8.self) }

    /// Whether a text may be a node's digits.
    static func isDigits(_ text: String) -> Bool {
        text.utf8.count == digitCount
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static let digitCount = 16

    private static func beginning(_ stream: String) -> String { "sluice/\(stream)/" }
}
