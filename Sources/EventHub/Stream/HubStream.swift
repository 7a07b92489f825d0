// One open subscription: acts on what its state machine decides. Lives on its shard and is used nowhere else.

internal import EventLog
internal import NIOCore

/// One stream of a shard.
final class HubStream {
    // First what each event needs: with thousands of streams, each cache line that an event touches is fetched from far
    // away.

    /// Let go of at the end: a step that the log still reads must not keep the connection.
    private var outlet: (any StreamOutlet)?
    private var machine: StreamStateMachine
    /// When something was last written: a heartbeat before its time is traffic for nothing.
    private(set) var lastWrite: NIODeadline
    private var unflushedBytes = 0

    let id: StreamID
    let interest: Interest
    /// The sign-in that it came from; none when its token came with the request.
    let session: SessionID?
    /// Until when its token lets it live.
    var term: StreamTerm
    private var held = HeldEvents()
    /// What has been written from the log without a pause.
    private var bytesInARow = 0

    /// Since when it has been a reader of the log. The shard keeps it.
    var behindSince: NIODeadline?
    /// What the shard's ``BufferAccount`` has counted it with.
    var accountedBytes = 0

    /// The client's own words for where it wants to go on, and why that can't be; told with the first step from the
    /// log.
    var untoldGap: Gap?
    /// Whether its client is told where the stream begins, since it has no id to come back with.
    var isToldItsPlace = false

    /// Until when an id is waited for that this node has not heard of; nothing for a stream whose place is known.
    var aheadUntil: NIODeadline?
    /// Whether its client has been told that it may miss something for now.
    var isDelayed = false

    /// Its places in the shard's rosters.
    var places = ShardIndex.Places()
    /// Its place in the shard's timer wheel.
    var turn = TimerWheel<HubStream>.Place.none

    /// As much as fits one TLS record (RFC 8446 §5.1): beyond, writing on without a flush saves nothing.
    private static let flushThreshold = 16 * 1024

    init(
        id: StreamID, interest: Interest, session: SessionID?, term: StreamTerm, outlet: any StreamOutlet,
        machine: consuming StreamStateMachine, now: NIODeadline
    ) {
        self.id = id
        self.interest = interest
        self.session = session
        self.term = term
        self.outlet = outlet
        self.machine = machine
        lastWrite = now
    }

    var hasEnded: Bool { machine.hasEnded }
    var isLive: Bool { machine.isLive }
    /// Whether the log is read for it.
    var isBehind: Bool { !machine.isLive && !machine.hasEnded }
    var position: Position { machine.position }
    /// What is kept in memory because the socket takes none: events held back, and ciphertext on its way.
    var bufferedBytes: Int { machine.heldBytes + held.emptyBytes + (outlet?.pendingBytes ?? 0) }
    private var isWritable: Bool { outlet?.isWritable ?? false }

    /// What became of an offered event.
    enum Delivery {
        /// Written; `needsFlush` the first time since the last flush.
        case written(needsFlush: Bool)
        case held
        case skipped
        case overflowed
    }

    /// Takes an event from the log's tail.
    func offer(_ event: LoggedEvent, now: NIODeadline) -> Delivery {
        let frame = event.frame
        switch machine.offered(
            event.sequence, byteCount: EventCost.bytes(held: frame), isWritable: isWritable)
        {
        case .skip: return .skipped
        case .overflow: return .overflowed
        case .hold:
            held.append(frame, event.sequence)
            return .held
        case .write:
            let isFirst = unflushedBytes == 0
            write(frame, now: now)
            return .written(needsFlush: isFirst && unflushedBytes > 0)
        }
    }

    /// Writes a frame that is not of the log: prelude, heartbeat, an event of our own.
    func write(_ frame: EventFrame, now: NIODeadline) {
        outlet?.write(frame)
        lastWrite = now
        unflushedBytes += frame.byteCount
        if unflushedBytes >= Self.flushThreshold { flush() }
    }

    func flush() {
        guard unflushedBytes > 0 else { return }
        unflushedBytes = 0
        outlet?.flush()
    }

    /// Writes what is held back as far as there is room. Returns the position to read on behind, if the log is next.
    func advance(now: NIODeadline) -> Position? {
        while isWritable {
            switch machine.hasRoom() {
            case .nothing: return nil
            case .read(let position): return position
            case .writeHeld: writeHeld(now: now)
            }
        }
        return nil
    }

    /// One record's worth: then the socket is asked again.
    private func writeHeld(now: NIODeadline) {
        repeat {
            guard let event = held.popFirst() else { break }
            write(event.frame, now: now)
            machine.wroteHeld(event.sequence, byteCount: EventCost.bytes(held: event.frame))
        } while unflushedBytes > 0
        flush()
    }

    /// Lets go of what is held back: it is read from the log when there is room.
    func shed() {
        machine.shed()
        held.removeAll()
    }

    /// Goes on from another place in the log; what is held back is let go of.
    func restart(at position: Position, isBehind: Bool) {
        held.removeAll()
        machine.restart(at: position, isBehind: isBehind)
    }

    /// What was asked of the log has to be asked for again.
    func readFailed() { machine.stepFailed() }

    /// Writes what the log gave behind a gap notice, if there is one. Returns how many events that were.
    func receive(_ step: ReplayStep, gap: EventFrame?, now: NIODeadline) -> Int {
        guard machine.stepArrived(position: step.position, reachedHead: step.reachedHead) else { return 0 }
        if let gap { write(gap, now: now) }
        for event in step.events { write(event.frame, now: now) }
        flush()
        return step.events.count
    }

    /// Whether the event loop has to see to its sockets before the next step is read: it runs what is due before it
    /// does, and a client that reads as fast as we write would keep it at this for as long as the log is.
    func needsPause(after step: ReplayStep) -> Bool {
        bytesInARow += step.events.reduce(0) { $0 + $1.frame.byteCount }
        guard isBehind, bytesInARow >= Self.pauseThreshold else { return false }
        bytesInARow = 0
        return true
    }

    /// Some milliseconds' work.
    private static let pauseThreshold = 1 << 20

    func fellBehind(after position: Position, head: Position) { machine.fellBehind(after: position, head: head) }

    /// Whether a heartbeat has to go out now: not to a socket that takes nothing, it would only queue up.
    func wantsHeartbeat(after interval: TimeAmount, now: NIODeadline) -> Bool {
        lastWrite + interval <= now && isWritable
    }

    /// Ends the stream, once; later calls do nothing. Returns whether this call did.
    func end(_ reason: StreamEnd) -> Bool {
        guard machine.end() else { return false }
        held.removeAll()
        if reason != .clientClosed { outlet?.end(reason) }
        outlet = nil
        return true
    }
}

/// Names a stream within its shard.
package struct StreamID: Sendable, Hashable {
    let number: UInt64
}
