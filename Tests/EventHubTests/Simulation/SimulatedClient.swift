import EventLog
import EventLogPromises
import NIOCore

@testable import EventHub

/// A page with one stream: checks, frame by frame, that it gets all that is for it, in order, once, or is told.
final class SimulatedClient {
    let interest: Interest
    let name: String
    /// Its end has been looked at.
    var isSettled = false
    /// What a reconnect would send.
    private(set) var lastEventID: String?
    private let stream: TestStream
    private let bufferBytes: Int
    /// The gap that it must be told of before anything else, if one is certain.
    private var owedGap: String?
    /// It has, or was told that it has not, everything up to here.
    private var covered: Position
    private var checkedFrames = 0
    private var hasLeft = false
    private var broken: [String] = []
    /// With its fields. One event is held whatever the limit.
    private static let largestEvent = 100

    init(
        _ interest: Interest, after id: String?, endsAt: NIODeadline, hub: TestHub, loop: ManualEventLoop,
        head: Position, isStalled: Bool
    ) throws(AdmissionRefusal) {
        self.interest = interest
        name = "\(interest.user) \(interest.topics) after \(id ?? "nothing")"
        bufferBytes = hub.settings.bufferBytes
        lastEventID = id
        let outlet = RecordingOutlet()
        outlet.isWritable = !isStalled
        let position = id.flatMap { LoggedEventID($0) }
        switch position {
        case .some(let known) where known.epoch == hub.epoch:
            covered = min(known.sequence, head)
            owedGap = known.sequence > head ? "future" : nil
        case .some: (covered, owedGap) = (0, "epoch")
        case nil: (covered, owedGap) = (head, id == nil ? nil : "malformed")
        }
        stream = try TestStream(interest, after: id, endsAt: endsAt, hub: hub, loop: loop, outlet: outlet)
    }

    var isOpen: Bool { !hasLeft && stream.outlet.ending == nil }

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
        let limit = max(bufferBytes, Self.largestEvent)
        if wasStalled, burst > limit { broken.append("held \(burst) bytes, \(limit) are allowed") }
        return burst == 0 ? 0 : burst + stuck
    }

    // MARK: Checks

    /// Looks at what has come since the last time. Returns what is wrong with it.
    func check(against history: PublishedEvents, now: NIODeadline) -> [String] {
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
        defer { broken = [] }
        return broken
    }

    /// With room and rest, an open stream has everything.
    func checkComplete(against history: PublishedEvents, now: NIODeadline) -> [String] {
        if let owedGap { return ["was never told of its gap: \(owedGap)"] }
        let missing = history.firstDue(after: covered, before: history.head + 1, for: interest, now: now)
        return missing.map { ["never got \($0), silently"] } ?? []
    }

    /// A client that names no event is told where it begins, and comes back with that.
    private func takeFirst(_ text: String) {
        let prelude = String(buffer: EventFrame.prelude(retryMilliseconds: 3000).bytes)
        guard text.hasPrefix(prelude) else { return broken.append("no prelude") }
        let opening = text.dropFirst(prelude.count)
        guard !opening.isEmpty || lastEventID == nil else { return }
        let id = String(opening.prefix { $0 != "\n" }.dropFirst("id: ".count))
        if lastEventID != nil || LoggedEventID(id)?.sequence != covered {
            broken.append("the opening of a stream behind \(lastEventID ?? "nothing") at \(covered) says \(id)")
        }
        lastEventID = id
    }

    private func take(_ text: String, _ history: PublishedEvents, _ now: NIODeadline) {
        if text.hasPrefix("event: sluice.expiring\n") { return }
        let id = String(text.prefix { $0 != "\n" }.dropFirst("id: ".count))
        guard text.hasPrefix("id: "), let sequence = LoggedEventID(id)?.sequence else {
            broken.append("an event without an id of ours: \(text)")
            return
        }
        lastEventID = id
        if text.hasPrefix("id: \(id)\nevent: sluice.gap\n") {
            takeGap(text, resumedAt: sequence)
        } else {
            takeLogged(sequence, history, now)
        }
    }

    private func takeGap(_ text: String, resumedAt sequence: Position) {
        let expected = owedGap ?? "retention"
        if !text.hasSuffix("\"reason\":\"\(expected)\"}\n\n") { broken.append("\(text) is not \(expected)") }
        if sequence < covered || (sequence == covered && owedGap == nil) {
            broken.append("a gap from \(covered) to \(sequence) is none")
        }
        owedGap = nil
        covered = sequence
    }

    private func takeLogged(_ sequence: Position, _ history: PublishedEvents, _ now: NIODeadline) {
        if let owedGap { broken.append("\(sequence) came before the gap: \(owedGap)") }
        if sequence <= covered { broken.append("\(sequence) came behind \(covered)") }
        guard let audience = history.audience(of: sequence), interest.includes(audience) else {
            broken.append("\(sequence) is not for this stream")
            return
        }
        if let missing = history.firstDue(after: covered, before: sequence, for: interest, now: now) {
            broken.append("\(missing) was left out before \(sequence), silently")
        }
        covered = sequence
    }
}
