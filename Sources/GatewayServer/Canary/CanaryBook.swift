// What is known of the gateway's canaries, and what that means for who asks whether the gateway is ready. A value: the
// time is passed in.

internal import NIOCore

/// When each event loop's canary last heard something, and when the log was last written to.
struct CanaryBook: Sendable {
    /// Why no traffic of a kind should come.
    struct Faults: Sendable, Equatable {
        var publishing: [String] = []
        var streaming: [String] = []
    }

    private struct Loop {
        /// When it last heard anything.
        var heard: NIODeadline?
        /// When the newest note was sent that it heard behind a write to the log.
        var newestLogged: NIODeadline?
    }

    private let limit: TimeAmount
    private let began: NIODeadline
    private var loops: [Loop]
    private var logged: NIODeadline?
    /// When the notes were sent that may still come, by their numbers.
    private var sent: [(number: UInt64, at: NIODeadline)] = []

    /// How many notes may be under way: more than come in any limit that can be set.
    private static let mostUnderWay = 256

    /// - Parameters:
    ///   - loops: how many event loops there are.
    ///   - limit: after how long without a note something is wrong.
    ///   - began: when the first canary sets out.
    init(loops: Int, limit: TimeAmount, began: NIODeadline) {
        (self.limit, self.began) = (limit, began)
        self.loops = Array(repeating: Loop(), count: loops)
    }

    /// A note sets out, to the log or right to the loops.
    mutating func sends(_ number: UInt64, at now: NIODeadline) {
        sent.append((number, now))
        if sent.count > Self.mostUnderWay { sent.removeFirst() }
    }

    /// The log was written to for a note.
    mutating func wrote(at now: NIODeadline) { logged = now }

    /// A loop's canary heard a note.
    mutating func heard(_ number: UInt64, isLogged: Bool, on loop: Int, at now: NIODeadline) {
        guard loops.indices.contains(loop) else { return }
        loops[loop].heard = now
        guard isLogged, let note = sent.last(where: { $0.number == number }) else { return }
        loops[loop].newestLogged = max(loops[loop].newestLogged ?? note.at, note.at)
    }

    /// Of each loop, how old the newest note is that came to it through the log. It grows while none comes.
    func ages(at now: NIODeadline) -> [TimeAmount] { loops.map { now - ($0.newestLogged ?? began) } }

    /// The loops whose canaries have heard nothing for as long as the limit, whatever the log does.
    func silent(at now: NIODeadline) -> [Int] {
        loops.indices.filter { now - (loops[$0].heard ?? began) >= limit }
    }

    /// What is wrong. Before the first note has come through, nothing is known to be right.
    func faults(at now: NIODeadline) -> Faults {
        var faults = Faults()
        if logged == nil {
            faults.publishing = ["the canary has not come through the event log yet"]
        } else if let logged, now - logged >= limit {
            faults.publishing = ["no canary has come through the event log for \(Self.seconds(limit)) s"]
        }
        let (silent, unheard) = (silent(at: now), loops.indices.filter { loops[$0].heard == nil })
        if !unheard.isEmpty {
            faults.streaming = unheard.map { "event loop \($0)'s canary has not heard anything yet" }
        }
        faults.streaming += silent.filter { !unheard.contains($0) }.map { loop in
            "event loop \(loop)'s canary has heard nothing for \(Self.seconds(limit)) s"
        }
        return faults
    }

    /// Whether what is wrong is no longer that the canaries have only just set out.
    func isSettled(at now: NIODeadline) -> Bool {
        now - began >= limit || logged != nil && loops.allSatisfy { $0.heard != nil }
    }

    private static func seconds(_ time: TimeAmount) -> Int64 { time.nanoseconds / 1_000_000_000 }
}
