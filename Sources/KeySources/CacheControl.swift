// For how long an answer is fresh (RFC 9111 §5.2.2), as far as a fetcher of keys has to know it.

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
        let directives = values.flatMap { $0.lowercased().split(separator: ",") }.map { text in
            text.split(separator: "=", maxSplits: 1).map { $0.trimmed }
        }
        if directives.contains(where: { ["no-store", "no-cache"].contains($0.first) }) { return .zero }
        // §4.2.1: of several, the smallest is safe; one that is no number is stale.
        let ages = directives.filter { $0.first == "max-age" }.map { $0.count == 2 ? seconds($0[1]) ?? 0 : 0 }
        guard let least = ages.min() else { return nil }
        return .seconds(max(0, least - (age.flatMap { seconds($0[...].trimmed) } ?? 0)))
    }

    private static func seconds(_ text: String) -> Int64? {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "\"") }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return min(Int64(String(decoding: digits, as: UTF8.self)) ?? longest, longest)
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
