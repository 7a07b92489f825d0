internal import NIOCore

/// Tells a dead connection from a quiet one. The gateway sends heartbeats, so a longer silence means that nobody is
/// there. While we do not read, silence proves nothing.
///
/// A value without a timer: the handler asks `check` when it says so.
struct SilenceWatch: Sendable {
    enum Verdict: Equatable {
        case checkAgain(at: NIODeadline)
        case dead
    }

    let timeout: TimeAmount
    private var lastHeard: NIODeadline
    private var isReading = true

    init(timeout: TimeAmount, now: NIODeadline) {
        self.timeout = timeout
        self.lastHeard = now
    }

    mutating func heard(now: NIODeadline) {
        lastHeard = now
    }

    mutating func paused() {
        isReading = false
    }

    mutating func resumed(now: NIODeadline) {
        isReading = true
        lastHeard = now
    }

    func check(now: NIODeadline) -> Verdict {
        guard isReading else { return .checkAgain(at: now + timeout) }
        let deadline = lastHeard + timeout
        return now < deadline ? .checkAgain(at: deadline) : .dead
    }
}
