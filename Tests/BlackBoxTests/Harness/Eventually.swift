// Waiting for something that another process does. The only place in the tests where time passes by itself: a condition
// is looked at in short steps until it holds or its deadline is over.

import Testing

/// A condition that did not come true in time.
struct NotInTime: Error, CustomStringConvertible {
    let description: String
}

/// Waits until `look` returns a value.
///
/// - Parameters:
///   - what: What is awaited, for the failure message.
///   - limit: How long to wait at most.
///   - otherwise: Added to the message when time is over, to show what there was instead.
///   - look: Looks once; nil is "not yet".
/// - Returns: The value.
/// - Throws: ``NotInTime``, or what `look` throws.
@discardableResult
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(20), otherwise: () -> String = { "" },
    _ look: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if let value = try await look() { return value }
        guard clock.now < deadline else {
            throw NotInTime(description: "\(what): not within \(limit). \(otherwise())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits until a condition holds; see ``eventually(_:within:otherwise:_:)``.
func eventually(
    _ what: String, within limit: Duration = .seconds(20), otherwise: () -> String = { "" },
    holds condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit, otherwise: otherwise) { try await condition() ? true : nil }
}
