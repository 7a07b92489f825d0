// One open subscription: acts on what its state machine decides. Lives on its shard and is used nowhere else.

internal import DeliveryPath
internal import EventLog
internal import NIOCore

/// One stream of a shard.
final class HubStream {
    // What each event needs comes first. With thousands of streams, each cache line that an event touches comes from
    // main memory.

    /// Nil after the end: a step that the log still reads must not keep the connection alive.
    private var outlet: (any StreamOutlet)?
    private var machine: StreamStateMachine
    /// When the stream was last written to: a heartbeat before its time would be wasted.
    private(set) var lastWrite: NIODeadline
    private var unflushedBytes = 0
    /// How many events of the log were written to it.
    private(set) var eventCount: UInt64 = 0
    private let path: DeliveryPath

    let id: StreamID
    let interest: Interest
    /// The sign-in that it came from; nil when its token came with the request.
    let session: SessionID?
    /// When its token ends, and the stream with it.
    var term: StreamTerm
    private var held = HeldEvents()
    /// How many bytes were written from the log without a pause.
    private var bytesInARow = 0

    /// The bytes that the shard's ``BufferAccount`` has counted for it.
    var accountedBytes = 0
    /// Since when it has been reading the log. The shard sets it.
    var behindSince: NIODeadline?
    /// Whether to tell its client where the stream begins, because it has no id to come back with.
    var isToldItsPlace = false
    /// Whether its client was told that it may miss something for now.
    var isDelayed = false
    /// Whether there was no room to count its user in its topics.
    var isUncounted = false
    /// By which settings its user was counted; see ``AttendanceDesk/generation``.
    var attendance: UInt32 = 0
    private var gap: GapBox?

    /// The id that the client wants to go on from, and why that is impossible. It is told with the first step from the
    /// log.
    var untoldGap: Gap? {
        get { gap?.gap }
        set { gap = newValue.map(GapBox.init) }
    }

    /// Few streams have a gap, and each of the others would keep its place.
    private final class GapBox {
        let gap: Gap
        init(_ gap: Gap) { self.gap = gap }
    }

    /// Its places in the shard's rosters.
    var places = ShardIndex.Places()
    /// Its place in the shard's timer wheel.
    var turn = TimerWheel<HubStream>.Place.none

    /// Who is at its other end. Nothing on an event's way asks.
    var visit: StreamVisit

    /// The size of a TLS record (RFC 8446 §5.1). Beyond it, more writes without a flush save nothing.
    private static let flushThreshold = 16 * 1024

    init(
        id: StreamID, interest: Interest, session: SessionID?, term: StreamTerm, visit: StreamVisit,
        outlet: any StreamOutlet, machine: consuming StreamStateMachine, now: NIODeadline
    ) {
        self.id = id
        self.interest = interest
        self.session = session
        self.term = term
        self.visit = visit
        self.outlet = outlet
        path = outlet.path
        self.machine = machine
        lastWrite = now
    }

    var hasEnded: Bool { machine.hasEnded }
    var isLive: Bool { machine.isLive }
    /// Whether it has been given all that the tail has told of.
    var isCurrent: Bool { machine.isLive && machine.heldBytes == 0 }
    var isWaitingForLog: Bool { machine.isWaiting }
    func isWaiting(after position: Position) -> Bool { machine.isWaiting(after: position) }
    /// The newest event that it has to read from the log.
    var passed: Position { machine.passed }
    /// Whether the log is read for it.
    var isBehind: Bool { !machine.isLive && !machine.hasEnded }
    var position: Position { machine.position }
    /// How far it was sent what is for it: not what it holds back.
    var written: Position { machine.heldBytes > 0 ? machine.written : machine.position }
    /// The bytes in memory because the socket takes none: held back events, and ciphertext on its way.
    var bufferedBytes: Int { machine.heldBytes + held.emptyBytes + (outlet?.pendingBytes ?? 0) }
    /// How many bytes its socket has not taken.
    var pendingBytes: Int { outlet?.pendingBytes ?? 0 }
    /// How many bytes the other end's machine has not acknowledged.
    var unacknowledgedBytes: Int? { outlet?.unacknowledgedBytes }
    private var isWritable: Bool { outlet?.isWritable ?? false }
    /// Whether it can be told what need not be told at once: it waits for nothing, and its socket takes bytes.
    var hasRoomForNews: Bool { isCurrent && isWritable }

    /// Has this object fetched, and its ``path`` in it.
    func prefetch() { DeliveryPath.prefetch(self, byteCount: Self.hotBytes) }

    /// Has fetched what an event passes behind this object.
    func prefetchPath() { path.prefetch(from: self) }

    /// How far the members reach that each event needs.
    private static let hotBytes = 136

    /// What the stream did with an event.
    enum Delivery {
        /// Written; `needsFlush` the first time since the last flush.
        case written(needsFlush: Bool)
        case held
        case skipped
        case overflowed
    }

    /// Takes an event from the log's tail.
    ///
    /// - Parameter flushes: whether to send it at once.
    func offer(_ event: LoggedEvent, now: NIODeadline, flushes: Bool = false) -> Delivery {
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
            eventCount &+= 1
            if flushes { writeAndFlush(frame, now: now) } else { write(frame, now: now) }
            return .written(needsFlush: isFirst && unflushedBytes > 0)
        }
    }

    /// Writes a frame that is not from the log: the prelude, a heartbeat, or an event of the gateway itself.
    func write(_ frame: EventFrame, now: NIODeadline) {
        outlet?.write(frame)
        lastWrite = now
        unflushedBytes += frame.byteCount
        if unflushedBytes >= Self.flushThreshold { flush() }
    }

    private func writeAndFlush(_ frame: EventFrame, now: NIODeadline) {
        lastWrite = now
        unflushedBytes = 0
        outlet?.writeAndFlush(frame)
    }

    func flush() {
        guard unflushedBytes > 0 else { return }
        unflushedBytes = 0
        outlet?.flush()
    }

    /// Writes held back events while there is room. Returns the position to read on from, if the log is next.
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

    /// The size of a record, after which to ask the socket again.
    private func writeHeld(now: NIODeadline) {
        repeat {
            guard let event = held.popFirst() else { break }
            eventCount &+= 1
            write(event.frame, now: now)
            machine.wroteHeld(event.sequence, byteCount: EventCost.bytes(held: event.frame))
        } while unflushedBytes > 0
        flush()
    }

    /// Lets go of the held back events. The stream reads them from the log when there is room.
    func shed() {
        machine.shed()
        held.removeAll()
    }

    /// Goes on from another place in the log, without the held back events.
    func restart(at position: Position, isBehind: Bool, head: Position) {
        held.removeAll()
        machine.restart(at: position, isBehind: isBehind, head: head)
    }

    /// Notes that the last request to the log has to be repeated.
    func readFailed() { machine.stepFailed() }

    /// Writes the events that the log returned, after a gap notice if there is one. Returns how many events those were.
    func receive(_ step: ReplayStep, gap: EventFrame?, now: NIODeadline) -> Int {
        guard machine.stepArrived(position: step.position, reachedHead: step.reachedHead) else { return 0 }
        if let gap { write(gap, now: now) }
        for event in step.events { write(event.frame, now: now) }
        eventCount &+= UInt64(step.events.count)
        flush()
        return step.events.count
    }

    /// Whether the event loop has to look at its sockets before the next step. It runs all due tasks before it does
    /// that, so a client that reads as fast as the gateway writes would keep it busy for the length of the log.
    func needsPause(after step: ReplayStep) -> Bool {
        bytesInARow += step.events.reduce(0) { $0 + $1.frame.byteCount }
        guard isBehind, bytesInARow >= Self.pauseThreshold else { return false }
        bytesInARow = 0
        return true
    }

    /// The work of some milliseconds.
    private static let pauseThreshold = 1 << 20

    func fellBehind(after position: Position, head: Position) { machine.fellBehind(after: position, head: head) }

    /// Whether to send a heartbeat now. A socket that takes nothing gets none: it would only queue up.
    func wantsHeartbeat(after interval: TimeAmount, now: NIODeadline) -> Bool {
        lastWrite + interval <= now && isWritable
    }

    /// Ends the stream. Returns true the first time; later calls do nothing.
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
