internal import NIOHTTP1

/// How long an answer asks to wait before the request is made again (RFC 9110 §10.2.3): a number of seconds, or a date.
///
/// A date is compared with the answer's own `Date`, so that nothing depends on our clock; without that it is not taken.
enum RetryAfter {
    /// No server is taken at its word for longer: a typing error must not silence a client for a year.
    private static let longest: Int64 = 3600

    /// - Parameter headers: an answer's.
    /// - Returns: zero when it does not say.
    static func wait(in headers: HTTPHeaders) -> Duration {
        guard let text = headers.first(name: "Retry-After") else { return .zero }
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return wait(until: text, headers)
        }
        return .seconds(min(Int64(String(decoding: digits, as: UTF8.self)) ?? longest, longest))
    }

    private static func wait(until text: String, _ headers: HTTPHeaders) -> Duration {
        guard let now = headers.first(name: "Date").flatMap({ HTTPDate($0) }),
            let then = HTTPDate(text, now: now.seconds)
        else { return .zero }
        return .seconds(min(max(0, then.seconds - now.seconds), longest))
    }
}
