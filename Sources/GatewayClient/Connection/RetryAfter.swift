internal import NIOHTTP1

/// How long an answer asks to wait before the request is made again (RFC 9110 §10.2.3).
///
/// The number of seconds only: of the date that it may also be, only a clock that agrees with the server's would make anything.
enum RetryAfter {
    /// No server is taken at its word for longer: a typing error must not silence a client for a year.
    private static let longest: Int64 = 3600

    /// - Parameter headers: an answer's.
    /// - Returns: zero when it does not say.
    static func wait(in headers: HTTPHeaders) -> Duration {
        guard let text = headers.first(name: "Retry-After") else { return .zero }
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return .zero }
        return .seconds(min(Int64(String(decoding: digits, as: UTF8.self)) ?? longest, longest))
    }
}
