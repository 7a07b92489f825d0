// What tests of sluice.js do again and again: a page with the module, and events for its user.

import Testing

extension Browser {
    /// The ways in which tabs share a stream, or do not, and both versions of HTTP among them: few runs of a browser,
    /// which are slow, see what either may change.
    static let ways: [(mode: String, version: HTTPVersion)] = [("worker", .h2), ("locks", .h2), ("none", .http1)]

    /// Opens the page with the module, or loads it again, and waits until its stream is open.
    func connect(_ tab: String, _ query: String = "", until state: String = "live") async throws {
        try await open(tab, "sluice.html", query)
        try await until(tab, "window.sluice?.state === '\(state)'")
    }
}

extension Gateway {
    /// Publishes an event `comment`. Returns how many streams it was for.
    @discardableResult
    func comment(_ data: String, to user: String = "alice") async throws -> Int? {
        try await publish(
            #"{"to":{"user":"\#(user)"},"event":"comment","data":"\#(data)"}"#, token: backendToken()
        ).json["streams"] as? Int
    }
}
