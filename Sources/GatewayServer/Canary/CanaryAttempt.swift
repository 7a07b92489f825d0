// Which way the next canary is tried, and when: another way after a failure, and more and more seldom while none works,
// since each attempt is a handshake. A value.

internal import NIOCore

/// What became of the attempts so far.
struct CanaryAttempt: Sendable {
    /// The number of the way to try.
    private(set) var way = 0
    /// Why the last one failed.
    private(set) var reason = "none has come to it yet"
    private var hasFailed = false
    /// At how many beats in a row all that was tried failed.
    private var failures = 0
    /// How many beats to leave out.
    private var rest = 0

    private static let longestRest = TimeAmount.seconds(60)

    /// An attempt of a way has failed. Several that were made together move on by one way.
    ///
    /// - Parameter reason: why; nothing where nobody says so.
    mutating func failed(_ number: Int, _ reason: String?, of ways: Int) {
        if let reason {
            self.reason = reason
        } else if !hasFailed {
            self.reason = "its connections are closed, or get no answer"
        }
        hasFailed = true
        if number == way, ways > 0 { way = (way + 1) % ways }
    }

    /// A stream was opened.
    mutating func succeeded() { (hasFailed, failures, rest) = (false, 0, 0) }

    /// A beat comes.
    ///
    /// - Returns: whether to open what is missing at this one.
    mutating func begins(beat: TimeAmount, ways: Int) -> Bool {
        if hasFailed {
            hasFailed = false
            failures += 1
            // All ways are tried at once.
            let longest = max(1, Int(Self.longestRest.nanoseconds / max(1, beat.nanoseconds)))
            rest = failures < ways ? 0 : min(longest, 1 << min(failures - ways, 10))
        }
        guard rest > 0 else { return true }
        rest -= 1
        return false
    }
}
