import ArgumentParser
import Foundation

/// A point in time as people and scripts write it: seconds since 1970, or RFC 3339 in UTC.
struct TimeArgument: Equatable {
    let seconds: Int64

    /// Reads an option's value.
    ///
    /// - Throws: `ValidationError` that says how a time is written.
    @Sendable static func parse(_ text: String) throws -> TimeArgument {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(text) {
            return TimeArgument(seconds: seconds)
        }
        guard text.utf8.allSatisfy({ (0x2b...0x7a).contains($0) }),
            let date = try? Date(text, strategy: .iso8601)
        else {
            throw ValidationError("write a time as seconds since 1970, or as 2026-11-27T12:00:00Z")
        }
        return TimeArgument(seconds: Int64(date.timeIntervalSince1970.rounded(.down)))
    }
}
