// What becomes of a request when somebody breaks it.

/// Makes bytes that were a request into bytes that may be none.
package struct Mutation {
    /// What parsers trip over.
    private static let poison: [[UInt8]] = [
        "\r\n", "\n", "\r", "\0", " ", "\t", ":", "\r\n\r\n", "\r\n ", "chunked", "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\n", "Content-Length: 99999999999999999999\r\n", "0\r\n\r\n", "fffffffffffffff\r\n",
        "Host: b\r\n",
        "Connection: close\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Expect: 100-continue\r\n", "HTTP/1.0",
        "HTTP/9.9",
        "GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "%", "%00", "{", "}", "[", "\"", "\\u", "\\ud800",
        "null", "é",
        "Bearer ", ".", ";", "?topic=", "&",
    ].map { Array($0.utf8) }

    /// Changes `bytes` in up to four places.
    package static func apply(to bytes: inout [UInt8], using random: inout some RandomNumberGenerator) {
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty { change(&bytes, using: &random) }
    }

    private static func change(_ bytes: inout [UInt8], using random: inout some RandomNumberGenerator) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.insert(contentsOf: poison.randomElement(using: &random) ?? [], at: place)
        case 5: bytes.replaceSubrange(place..<end, with: poison.randomElement(using: &random) ?? [])
        case 6: bytes.removeSubrange(place...)
        default: bytes.insert(contentsOf: bytes[..<place], at: Int.random(in: 0..<bytes.count, using: &random))
        }
    }

    /// Bytes of any kind, or of the kind that requests are made of.
    package static func noise(using random: inout some RandomNumberGenerator) -> [UInt8] {
        let count = Int.random(in: 0...Int.random(in: 1...512, using: &random), using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        case 1: return (0..<count).map { _ in UInt8.random(in: 0x20...0x7e, using: &random) }
        default:
            let words = (0..<count / 8).flatMap { _ in poison.randomElement(using: &random) ?? [] }
            return (Bool.random(using: &random) ? Array("GET /v1/stream HTTP/1.1\r\n".utf8) : []) + words
        }
    }
}
