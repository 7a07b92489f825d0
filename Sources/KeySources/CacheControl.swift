// For how long an answer is fresh (RFC 9111 §5.2.2), as far as a fetcher of keys has to know it.

internal import PeerText

/// Reads `Cache-Control`.
enum CacheControl {
    /// More is no time that anybody means.
    private static let longest: Int64 = 365 * 24 * 3600

    /// The freshness that the fields say; nothing when they say nothing. `no-store` and `no-cache` are no time at all.
    ///
    /// - Parameters:
    ///   - values: the values of all `Cache-Control` fields.
    ///   - age: the value of `Age`: the time that a cache in front of the provider has had the answer (§5.1).
    static func maxAge(_ values: [String], age: String?) -> Duration? {
        let directives = values.flatMap { $0.bytes.split(separator: UInt8(ascii: ",")) }.map { text in
            let (name, argument) = text.cut(at: UInt8(ascii: "="))
            return (name: name.trimmed, argument: argument?.trimmed)
        }
        let isForbidden = directives.contains { directive in
            directive.name.equalsIgnoringCase("no-store") || directive.name.equalsIgnoringCase("no-cache")
        }
        if isForbidden { return .zero }
        // §4.2.1: of several, the smallest is safe; one that is no number is stale.
        let ages = directives.filter { $0.name.equalsIgnoringCase("max-age") }.map { $0.argument.flatMap(seconds) ?? 0 }
        guard let least = ages.min() else { return nil }
        return .seconds(max(0, least - (age.flatMap { seconds($0.bytes.trimmed) } ?? 0)))
    }

    private static func seconds(_ text: Substring.UTF8View) -> Int64? {
        let digits = text.filter { $0 != UInt8(ascii: "\"") }
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        return min(Int64(String(decoding: digits, as: UTF8.self)) ?? longest, longest)
    }
}
