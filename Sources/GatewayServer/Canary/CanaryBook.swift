// What is known of the gateway's canaries, and what that means for who asks whether the gateway is ready. A value: the
// time is passed in. What is not known is no fault: a canary that can't be opened may have reasons of its own.

internal import NIOCore

/// What each event loop's canary has still to hear, and whether the log has been written to.
struct CanaryBook: Sendable {
    /// Why no traffic of a kind should come.
    struct Faults: Sendable, Equatable {
        var publishing: [String] = []
        var streaming: [String] = []
    }

    private struct Loop {
        /// Since when its canary has a connection; nil while it has none.
        var opened: NIODeadline?
        /// When the first note was sent that it has not heard; nil when it has heard all. Time in which nobody was
        /// told anything, because the whole process stood still, is nobody's silence.
        var waiting: NIODeadline?
        /// When the newest note was sent that it heard behind a write to the log.
        var newestLogged: NIODeadline?
    }

    private let limit: TimeAmount
    private var loops: [Loop]
    /// Since when the log is tried in vain; nil when the last trial has come through.
    private var trying: NIODeadline?
    /// When the newest notes were sent, by their numbers.
    private var sent: [(number: UInt64, at: NIODeadline)] = []

    /// How many notes are remembered. One that comes later counts as heard, and makes no age younger.
    private static let mostRemembered = 256

    /// - Parameters:
    ///   - loops: how many event loops there are.
    ///   - limit: after how long without an awaited note something is wrong.
    init(loops: Int, limit: TimeAmount) {
        self.limit = limit
        self.loops = Array(repeating: Loop(), count: loops)
    }

    // MARK: What happens

    /// A loop's canary has a connection.
    mutating func opened(on loop: Int, at now: NIODeadline) {
        guard loops.indices.contains(loop) else { return }
        (loops[loop].opened, loops[loop].waiting) = (now, nil)
    }

    /// A loop's canary has lost its connection. One that had been silent for too long before stays so until it is
    /// opened again. Of others nothing is known then.
    mutating func closed(on loop: Int, at now: NIODeadline) {
        guard loops.indices.contains(loop) else { return }
        loops[loop].opened = nil
        if !isSilent(loops[loop], at: now) { loops[loop].waiting = nil }
    }

    /// A note sets out, to the log or right to the loops.
    mutating func sends(_ number: UInt64, at now: NIODeadline) {
        sent.append((number, now))
        if sent.count > Self.mostRemembered { sent.removeFirst() }
        for index in loops.indices where loops[index].opened != nil && loops[index].waiting == nil {
            loops[index].waiting = now
        }
    }

    /// The log is written to for a note.
    mutating func tries(at now: NIODeadline) { trying = trying ?? now }

    /// That has come through.
    mutating func wrote() { trying = nil }

    /// A loop's canary heard a note.
    mutating func heard(_ number: UInt64, isLogged: Bool, on loop: Int) {
        guard loops.indices.contains(loop) else { return }
        loops[loop].waiting = sent.first { $0.number > number }?.at
        guard isLogged, let note = sent.last(where: { $0.number == number }) else { return }
        loops[loop].newestLogged = max(loops[loop].newestLogged ?? note.at, note.at)
    }

    // MARK: What that means

    /// Of each loop, how old the newest note is that came to it through the log; it grows while none comes. Nothing for
    /// a loop whose canary could not be opened, of which nothing is known.
    func ages(at now: NIODeadline) -> [TimeAmount?] {
        loops.map { loop in
            guard loop.opened != nil || loop.waiting != nil else { return nil }
            return (loop.newestLogged ?? loop.opened ?? loop.waiting).map { now - $0 }
        }
    }

    /// The loops of which nothing is known, because their canaries have no connection.
    var unknown: [Int] { loops.indices.filter { loops[$0].opened == nil && loops[$0].waiting == nil } }

    /// The loops whose canaries' connections have been silent for so long beyond the limit that others may do better.
    func deaf(at now: NIODeadline) -> [Int] {
        loops.indices.filter { index in
            loops[index].opened != nil && loops[index].waiting.map { now - $0 >= limit + limit } ?? false
        }
    }

    /// What is wrong, as far as anything is known.
    func faults(at now: NIODeadline) -> Faults {
        var faults = Faults()
        if let trying, now - trying >= limit {
            faults.publishing = ["no canary has come through the event log for \(Self.seconds(limit)) s"]
        }
        faults.streaming = loops.indices.filter { isSilent(loops[$0], at: now) }.map { loop in
            "event loop \(loop)'s canary has heard nothing for \(Self.seconds(limit)) s"
        }
        return faults
    }

    private func isSilent(_ loop: Loop, at now: NIODeadline) -> Bool {
        loop.waiting.map { now - $0 >= limit } ?? false
    }

    private static func seconds(_ time: TimeAmount) -> Int64 { time.nanoseconds / 1_000_000_000 }
}
