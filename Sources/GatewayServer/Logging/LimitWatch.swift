// Limits of the whole gateway, as states: reached, and no longer reached. One line for each change. Those who are
// refused meanwhile are `RefusalLog`'s.

internal import NIOCore

/// Which limits were reached of late. A value: the time is passed in.
struct LimitWatch: Sendable {
    /// The limits by the code of their refusals.
    static let settings: [String: String] = [
        "connections-limit": "limits.connections", "streams-limit": "limits.streams", "held-full": "limits.held",
        "buffer-total": "stream.buffer_total", "revocations-limit": "limits.revocations",
        "sessions-limit": "session.kept_bytes",
    ]
    /// A limit is no longer reached when nobody has been refused for so long.
    static let calm = TimeAmount.seconds(30)

    private var last: [String: NIODeadline] = [:]

    /// Takes a refusal's code, or the reason of a stream's end.
    ///
    /// - Returns: the setting of a limit that was not reached before.
    mutating func reached(_ code: String, at now: NIODeadline) -> String? {
        guard let setting = Self.settings[code] else { return nil }
        return last.updateValue(now, forKey: code) == nil ? setting : nil
    }

    /// The settings of the limits that are no longer reached, in the order of their names.
    mutating func takeOver(at now: NIODeadline) -> [String] {
        let over = last.filter { now - $0.value >= Self.calm }.keys
        for code in over { last[code] = nil }
        return over.compactMap { Self.settings[$0] }.sorted()
    }
}
