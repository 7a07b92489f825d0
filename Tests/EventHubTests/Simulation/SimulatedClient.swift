import EventLog
import EventLogPromises
import NIOCore

@testable import EventHub

/// A page with one stream: checks, frame by frame, that it gets all that is for it, in order, once, or is told.
final class SimulatedClient {
    let interest: Interest
    let name: String
    let node: SimulatedNode
    /// Its end has been looked at.
    var isSettled = false
    /// What a reconnect would send.
    private(set) var lastEventID: String?
    /// What it was told of a delay that is not over.
    private var delay: String?
    private var isDelayed: Bool { delay != nil }
    private let stream: TestStream
    private let endsAt: NIODeadline
    private let openedAt: WallTime
    /// It named what it never got.
    private let isMalformed: Bool
    private let isMadeUp: Bool
    private var isOwedMalformed: Bool
    /// It has, or was told that it has not, everything up to here.
    private var covered: LoggedEventID
    /// When its socket last took nothing.
    private var stalledAt: WallTime?
    private var checkedFrames = 0
    private var hasLeft = false
    private var broken: [String] = []
    /// With its fields. One event is held whatever the limit.
    private static let largestEvent = 110

    init(
        _ interest: Interest, after id: String?, endsAt: NIODeadline, node: SimulatedNode, loop: ManualEventLoop,
        isStalled: Bool
    ) throws(AdmissionRefusal) {
        self.interest = interest
        self.node = node
        self.endsAt = endsAt
        let (history, log) = (node.log.store.history, node.log)
        name = "\(interest.user) \(interest.topics) on node \(node.number) after \(id ?? "nothing")"
        openedAt = log.store.clock()
        lastEventID = id
        let outlet = RecordingOutlet()
        outlet.isWritable = !isStalled
        stalledAt = isStalled ? openedAt : nil
        let place = id.flatMap { LoggedEventID($0) }
        isMalformed = id != nil && place == nil
        isOwedMalformed = isMalformed
        covered = place ?? log.told
        isMadeUp = place.map { $0.sequence > history.head(of: $0.epoch) ?? 0 } ?? false
        stream = try TestStream(interest, after: id, endsAt: endsAt, hub: node.hub, loop: loop, outlet: outlet)
    }

    var isOpen: Bool { !hasLeft && stream.outlet.ending == nil }
    var ending: StreamEnd? { stream.outlet.ending }

    func disconnect() {
        hasLeft = true
        stream.disconnect()
    }

    /// - Parameter bytes: what its socket has taken and does not get rid of.
    func stall(keeping bytes: Int) {
        guard stream.outlet.isWritable else { return }
        stream.outlet.stuckBytes = bytes
        stream.stall()
    }

    /// What was held back comes out at once, and tells how much was held. Returns what was kept in memory for it.
    @discardableResult
    func recover() -> Int {
        let (before, stuck) = (stream.outlet.byteCount, stream.outlet.pendingBytes)
        let wasStalled = !stream.outlet.isWritable
        stream.recover()
        let burst = stream.outlet.byteCount - before
        let word = isDelayed ? EventFrame.current.byteCount : 0
        let limit = max(node.hub.settings.bufferBytes, Self.largestEvent) + word
        if wasStalled, burst > limit { broken.append("held \(burst) bytes, \(limit) are allowed") }
        return burst == 0 ? 0 : burst + stuck
    }

    // MARK: Checks

    /// Looks at what has come since the last time. Returns what is wrong with it.
    func check(against history: StoreHistory, now: WallTime) -> [String] {
        broken += stream.outlet.violations
        for frame in stream.outlet.frames.dropFirst(checkedFrames) {
            if checkedFrames == 0 {
                takeFirst(String(buffer: frame.bytes))
            } else if frame.byteCount > EventFrame.heartbeat.byteCount {
                // The grammar is tested elsewhere: here the first line says it all, ten times faster.
                take(String(buffer: frame.bytes), history, now)
            }
            checkedFrames += 1
        }
        if let ending, !isSettled { checkEnd(ending, now) }
        if !stream.outlet.isWritable { stalledAt = now }
        if isOpen, !isDelayed, node.mustHaveTold(since: openedAt, now: now) {
            broken.append("has not been told that the node is cut off")
        }
        defer { broken = [] }
        return broken
    }

    /// With room and rest, an open stream has everything.
    func checkComplete(against history: StoreHistory, now: WallTime) -> [String] {
        if isOwedMalformed { return ["was never told that its id is none"] }
        if isDelayed { return ["was never told that it is current"] }
        if covered.epoch != history.epoch { return ["is at \(covered), and was never told of \(history.epoch)"] }
        if covered.sequence > history.head { return ["was never told that \(covered) is from the future"] }
        let missing = history.firstDue(
            in: covered.epoch, after: covered.sequence, upTo: history.head, for: interest, now: now)
        return missing.map { ["never got \($0), silently"] } ?? []
    }

    /// A client that names no event is told where it begins, and comes back with that.
    private func takeFirst(_ text: String) {
        let prelude = String(buffer: EventFrame.prelude(retryMilliseconds: 3000).bytes)
        guard text.hasPrefix(prelude) else { return broken.append("no prelude") }
        let opening = text.dropFirst(prelude.count)
        guard !opening.isEmpty || lastEventID == nil else { return }
        let id = String(opening.prefix { $0 != "\n" }.dropFirst("id: ".count))
        if lastEventID != nil || LoggedEventID(id) != covered {
            broken.append("the opening of a stream behind \(lastEventID ?? "nothing") at \(covered) says \(id)")
        }
        lastEventID = id
    }

    private func take(_ text: String, _ history: StoreHistory, _ now: WallTime) {
        node.tally.trace("\(name) gets, at \(now.milliseconds % 1_000_000): \(text.dropLast(2))")
        if text.hasPrefix("event: sluice.expiring\n") { return }
        if text.hasPrefix("event: sluice.delayed\n") { return takeDelayed(text, now) }
        if text.hasPrefix("event: sluice.current\n") { return takeCurrent(history, now) }
        let words = String(text.prefix { $0 != "\n" }.dropFirst("id: ".count))
        guard text.hasPrefix("id: "), let id = LoggedEventID(words) else {
            broken.append("an event without an id of ours: \(text)")
            return
        }
        lastEventID = words
        if text.hasPrefix("id: \(words)\nevent: sluice.gap\n") {
            takeGap(text, resumedAt: id, history, now)
        } else {
            takeLogged(id, text, history, now)
        }
    }

    private func takeLogged(_ id: LoggedEventID, _ text: String, _ history: StoreHistory, _ now: WallTime) {
        guard let entry = history.entry(id), String(buffer: entry.logged.frame.bytes) == text else {
            broken.append("\(id) is not what was published: \(text)")
            return
        }
        if isOwedMalformed { broken.append("\(id) came before the gap") }
        if !interest.includes(entry.event.audience) { broken.append("\(id) is not for this stream") }
        if id.epoch != covered.epoch || id.sequence <= covered.sequence {
            broken.append("\(id) came behind \(covered)")
            return
        }
        let missing = history.firstDue(
            in: id.epoch, after: covered.sequence, upTo: id.sequence - 1, for: interest, now: now)
        if let missing { broken.append("\(missing) was left out before \(id), silently") }
        covered = id
    }

    // MARK: Gaps

    private func takeGap(_ text: String, resumedAt id: LoggedEventID, _ history: StoreHistory, _ now: WallTime) {
        let reason = GapReason.allCases.first { text.hasSuffix("\"reason\":\"\($0.rawValue)\"}\n\n") }
        guard let reason else { return broken.append("a gap without a reason: \(text)") }
        node.tally.count("gap \(reason.rawValue)")
        let isRight =
            switch reason {
            case .malformed: isOwedMalformed && id == covered
            case .future: isMadeUp && id.epoch == covered.epoch && id.sequence < covered.sequence
            case .epoch: isRight(newEpochAt: id, history, now)
            case .retention: isRight(retentionAt: id, history)
            }
        if !isRight { broken.append("from \(covered), this gap is none: \(text)") }
        if reason == .malformed { isOwedMalformed = false }
        covered = id
    }

    private func isRight(newEpochAt id: LoggedEventID, _ history: StoreHistory, _ now: WallTime) -> Bool {
        guard id.epoch != covered.epoch, history.isOld(covered.epoch, in: id.epoch) else { return false }
        let kept = min(covered.sequence, history.end(of: covered.epoch, in: id.epoch) ?? 0)
        guard id.sequence >= kept else { return false }
        guard id.epoch == history.epoch else { return true }
        let start = max(kept, node.log.extent.floor)
        return history.firstDue(in: id.epoch, after: start, upTo: id.sequence, for: interest, now: now) == nil
    }

    private func isRight(retentionAt id: LoggedEventID, _ history: StoreHistory) -> Bool {
        guard id.epoch == covered.epoch, id.sequence > covered.sequence else { return false }
        return id.epoch != history.epoch || id.sequence <= node.log.extent.floor
    }

    // MARK: Delays

    private func takeDelayed(_ text: String, _ now: WallTime) {
        node.tally.count("delayed")
        if isDelayed { broken.append("is told again that it is delayed") }
        delay = text
        if !node.explains(text, now: now) { broken.append("was delayed by nothing at \(now): \(text)") }
    }

    private func takeCurrent(_ history: StoreHistory, _ now: WallTime) {
        node.tally.count("current")
        if !isDelayed { broken.append("is told that it is current, and was not delayed") }
        defer { delay = nil }
        if node.log.isCutOff, !node.hasNews, !node.hasHeard {
            broken.append("is told that it is current, and is cut off")
        }
        guard let delay, let regained = node.regained(after: delay), regained.epoch == covered.epoch else { return }
        let missing = history.firstDue(
            in: covered.epoch, after: covered.sequence, upTo: regained.sequence, for: interest, now: now)
        if let missing { broken.append("is told that it is current, and has not got \(missing)") }
    }

    // MARK: Ends

    /// Each end has a reason of the stream's own.
    private func checkEnd(_ ending: StreamEnd, _ now: WallTime) {
        node.tally.count("end \(ending.rawValue)")
        node.tally.trace("\(name) has ended: \(ending.rawValue)")
        let settings = node.hub.settings
        let patience = settings.behindLimit.nanoseconds / 1_000_000
        let isStalled = !stream.outlet.isWritable
        let isRight =
            switch ending {
            case .tokenExpired: endsAt <= node.hub.loop.now
            case .bufferOverflow: isStalled && settings.overflow == .disconnect
            case .buffersFull: isStalled
            case .behindTooLong:
                isStalled || stalledAt.map { now.milliseconds - $0.milliseconds <= patience } ?? false
            case .clientClosed, .keyRemoved, .tokenRevoked, .disconnected, .disconnectedForNow, .signedOut,
                .sessionReplaced, .draining, .cutOff:
                false
            }
        if !isRight { broken.append("was ended without a reason of its own: \(ending.rawValue)") }
    }
}
