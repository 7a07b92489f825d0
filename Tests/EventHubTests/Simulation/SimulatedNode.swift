import EventLog
import NIOCore
import Synchronization

@testable import EventHub

/// One gateway of a simulation: a hub on its front end of the store, and what it has been through.
final class SimulatedNode {
    let number: Int
    let log: ScriptedLog
    let tally: SimulationTally
    private(set) var hub: TestHub
    /// When it was cut off, and when that was over.
    private var outages: [(from: WallTime, to: WallTime?)] = []
    /// How far it was told when the outage that began then was over.
    private var regained: [String: LoggedEventID] = [:]
    /// The hub has been told of an outage, or of its end, and has not run since.
    private(set) var hasNews = false
    /// It heard of that in its last run, and may have told streams something before.
    private(set) var hasHeard = false
    private var lateSince: WallTime?
    private var startedAt: WallTime

    init(_ number: Int, _ hub: TestHub, _ tally: SimulationTally) {
        self.number = number
        self.hub = hub
        self.tally = tally
        log = hub.log
        startedAt = hub.log.store.clock()
    }

    /// For how long an engine's tail may lag before the engine notices; less than ``StreamSettings/staleAfter``.
    private static let noticedLag: Int64 = 4000
    /// How late a read is tried again, and a tick comes.
    private static let slack: Int64 = 5700

    private var now: WallTime { log.store.clock() }

    /// The gateway goes, and one comes back on the same front end.
    func restart() {
        log.script = ScriptedLog.Script()
        log.release()
        // Callbacks into the old hub that are on their way belong to nobody.
        hub.run()
        hub = TestHub(loops: hub.loops, log: log, settings: hub.settings, limits: hub.limits)
        hasNews = log.isCutOff
        startedAt = now
    }

    func run() {
        tally.trace("node \(number) runs")
        hub.run()
        (hasNews, hasHeard) = (false, hasNews)
    }

    func advance(by time: TimeAmount) {
        if let lateSince, now.milliseconds - lateSince.milliseconds + time.nanoseconds / 1_000_000 > Self.noticedLag {
            cutOff()
        }
        hub.advance(by: time)
        (hasNews, hasHeard) = (false, hasNews)
    }

    func setLate(_ isLate: Bool) {
        tally.trace("node \(number) is told \(isLate ? "late" : "in time")")
        log.script.isTailLate = isLate
        lateSince = isLate && !log.isCutOff ? now : nil
        if !isLate { log.tellUntold() }
    }

    func cutOff() {
        guard !log.isCutOff else { return }
        tally.count("outage")
        tally.trace("node \(number) is cut off at \(now.milliseconds % 1_000_000)")
        lateSince = nil
        outages.append((now, nil))
        log.cutOff()
        hasNews = true
    }

    func reconnect() {
        guard log.isCutOff, let last = outages.indices.last else { return }
        outages[last].to = now
        tally.trace("node \(number) is connected again at \(now.milliseconds % 1_000_000)")
        log.script.isTailLate = false
        log.reconnect()
        regained[outages[last].from.description] = log.told
        hasNews = true
    }

    /// Whether each stream that is open since then must have been told by now.
    func mustHaveTold(since opened: WallTime, now: WallTime) -> Bool {
        guard !hasNews, log.isCutOff, let from = outages.last?.from else { return false }
        let heardAt = max(from, startedAt).milliseconds
        return heardAt + 5600 <= now.milliseconds && opened.milliseconds + 600 <= now.milliseconds
    }

    /// Whether what a stream is told of a delay is true: neither too early nor too late. To the second, and with the
    /// loops' clocks a little apart.
    func explains(_ text: String, now: WallTime) -> Bool {
        guard let since = text.split(separator: "\"").dropFirst(3).first.map(String.init),
            since <= WallTime(milliseconds: now.milliseconds - 4700).description
        else { return false }
        return (outages + readOutages).contains { from, to in
            let end = to ?? now
            let heardBy = WallTime(milliseconds: end.milliseconds + 300)
            return from.description <= since && since <= heardBy.description
                && now.milliseconds - end.milliseconds <= Self.slack
        }
    }

    /// What a stream must have before it is current again, by what it was told of the delay; nothing where reads failed
    /// in the same second, which may be what it was told of.
    func regained(after text: String) -> LoggedEventID? {
        guard let (since, place) = regained.first(where: { text.contains($0.key) }) else { return nil }
        return log.badReads.contains { $0.lowerBound.description == since } ? nil : place
    }

    /// Reads that failed one after the other, from each of them on.
    private var readOutages: [(from: WallTime, to: WallTime?)] {
        var outages: [(from: WallTime, to: WallTime?)] = []
        for read in log.badReads.sorted(by: { $0.lowerBound > $1.lowerBound }) {
            var end = read.upperBound
            if let next = outages.last, next.from.milliseconds - end.milliseconds <= Self.slack {
                end = max(end, next.to ?? end)
            }
            outages.append((read.lowerBound, end))
        }
        return outages
    }
}

/// What simulations have met: one that meets nothing proves nothing.
final class SimulationTally: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    /// Whether a schedule that is run alone says what it does.
    private let isTracing: Bool

    init(isTracing: Bool = false) { self.isTracing = isTracing }

    func trace(_ what: @autoclosure () -> String) { if isTracing { print(what()) } }

    func count(_ what: String) { counts.withLock { $0[what, default: 0] += 1 } }

    subscript(_ what: String) -> Int { counts.withLock { $0[what] ?? 0 } }

    /// In one line.
    var summary: String {
        counts.withLock { counts in
            counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        }
    }
}
