import EventLog
import Testing

@testable import EventHub

/// Each thing that a stream decides, as a sentence.
@Suite struct StreamStateMachineTests {
    @Test func `a live stream with room writes what it is offered`() {
        let machine = StreamUnderTest(position: 4, isBehind: false, bufferLimit: 100)
        #expect(machine.isLive)
        #expect(machine.offered(5, byteCount: 1000, isWritable: true) == .write)
        #expect(machine.offered(9, byteCount: 10, isWritable: true) == .write)
        #expect(machine.position == 9)
        #expect(machine.heldBytes == 0)
    }

    @Test func `what it has already is skipped`() {
        let machine = StreamUnderTest(position: 4, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(4, byteCount: 10, isWritable: true) == .skip)
        #expect(machine.offered(1, byteCount: 10, isWritable: false) == .skip)
        #expect(machine.position == 4)
    }

    @Test func `without room it holds back up to its limit and not a byte more`() {
        let machine = StreamUnderTest(position: 0, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1, byteCount: 60, isWritable: false) == .hold)
        #expect(machine.offered(2, byteCount: 40, isWritable: false) == .hold)
        #expect(machine.heldBytes == 100)
        #expect(machine.offered(3, byteCount: 1, isWritable: false) == .overflow)
        #expect(machine.heldBytes == 100)
        #expect(machine.position == 2)
        #expect(!machine.isLive)
    }

    @Test func `a stream that overflows writes what it holds and reads on from there`() {
        let machine = StreamUnderTest(position: 0, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1, byteCount: 60, isWritable: false) == .hold)
        #expect(machine.offered(2, byteCount: 60, isWritable: false) == .overflow)
        #expect(machine.offered(3, byteCount: 10, isWritable: false) == .skip)
        #expect(machine.hasRoom() == .writeHeld)
        machine.wroteHeld(1, byteCount: 60)
        #expect(machine.hasRoom() == .read(after: 1))
        #expect(machine.stepArrived(position: 3, reachedHead: true))
        #expect(machine.isLive)
        #expect(machine.offered(4, byteCount: 10, isWritable: true) == .write)
    }

    @Test func `a stream with few events of its own reads on from where it overflowed, not from its last event`() {
        let machine = StreamUnderTest(position: 5, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1000, byteCount: 60, isWritable: false) == .hold)
        #expect(machine.offered(2000, byteCount: 60, isWritable: false) == .overflow)
        machine.wroteHeld(1000, byteCount: 60)
        #expect(machine.hasRoom() == .read(after: 1999))
    }

    // MARK: Shedding

    @Test func `what is let go of is read again`() {
        let machine = StreamUnderTest(position: 5, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(8, byteCount: 40, isWritable: false) == .hold)
        #expect(machine.offered(9, byteCount: 40, isWritable: false) == .hold)
        machine.shed()
        #expect(machine.heldBytes == 0)
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 7))
        #expect(machine.stepArrived(position: 8, reachedHead: true))
        #expect(!machine.isLive, "9 has to be read, too")
        #expect(machine.hasRoom() == .read(after: 8))
        #expect(machine.stepArrived(position: 9, reachedHead: true))
        #expect(machine.isLive)
    }

    @Test func `what was written before the rest was let go of is not read again`() {
        let machine = StreamUnderTest(position: 5, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(8, byteCount: 40, isWritable: false) == .hold)
        #expect(machine.offered(9, byteCount: 40, isWritable: false) == .hold)
        #expect(machine.hasRoom() == .writeHeld)
        machine.wroteHeld(8, byteCount: 40)
        machine.shed()
        #expect(machine.hasRoom() == .read(after: 8))
    }

    @Test func `a stream that overflowed and lets go reads all of it`() {
        let machine = StreamUnderTest(position: 5, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(8, byteCount: 100, isWritable: false) == .hold)
        #expect(machine.offered(9, byteCount: 100, isWritable: false) == .overflow)
        machine.shed()
        #expect(machine.hasRoom() == .read(after: 7))
        #expect(machine.stepArrived(position: 8, reachedHead: true))
        #expect(!machine.isLive)
    }

    @Test func `a stream that holds nothing has nothing to let go of`() {
        let machine = StreamUnderTest(position: 5, isBehind: false, bufferLimit: 100)
        machine.shed()
        #expect(machine.isLive)
        #expect(machine.hasRoom() == .nothing)
    }

    @Test func `one event is held however large, and no second one beside it`() {
        let machine = StreamUnderTest(position: 0, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1, byteCount: 101, isWritable: false) == .hold)
        #expect(machine.offered(2, byteCount: 1, isWritable: false) == .overflow)
    }

    @Test func `what is held back goes first, whatever the socket says meanwhile`() {
        let machine = StreamUnderTest(position: 0, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1, byteCount: 10, isWritable: false) == .hold)
        #expect(machine.offered(2, byteCount: 10, isWritable: true) == .hold)
        #expect(machine.hasRoom() == .writeHeld)
        machine.wroteHeld(1, byteCount: 10)
        #expect(machine.offered(3, byteCount: 10, isWritable: true) == .hold, "2 is still there")
        machine.wroteHeld(2, byteCount: 10)
        machine.wroteHeld(3, byteCount: 10)
        #expect(machine.heldBytes == 0)
        #expect(machine.hasRoom() == .nothing)
        #expect(machine.offered(4, byteCount: 10, isWritable: true) == .write)
    }

    @Test func `a stream that is behind asks for one step at a time`() {
        let machine = StreamUnderTest(position: 3, isBehind: true, bufferLimit: 100)
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 3))
        #expect(machine.hasRoom() == .nothing)
        #expect(machine.stepArrived(position: 7, reachedHead: false))
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 7))
        #expect(machine.stepArrived(position: 8, reachedHead: true))
        #expect(machine.isLive)
        #expect(machine.hasRoom() == .nothing)
    }

    @Test func `an event that passed by while a step was under way is read before the stream is live`() {
        let machine = StreamUnderTest(position: 3, isBehind: true, bufferLimit: 100)
        #expect(machine.hasRoom() == .read(after: 3))
        #expect(machine.offered(9, byteCount: 10, isWritable: true) == .skip)
        #expect(machine.stepArrived(position: 8, reachedHead: true))
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 8))
        #expect(machine.stepArrived(position: 9, reachedHead: true))
        #expect(machine.isLive)
    }

    @Test func `an event that passed by and is in the step does not keep the stream from being live`() {
        let machine = StreamUnderTest(position: 3, isBehind: true, bufferLimit: 100)
        #expect(machine.offered(5, byteCount: 10, isWritable: true) == .skip)
        #expect(machine.hasRoom() == .read(after: 3))
        #expect(machine.stepArrived(position: 5, reachedHead: true))
        #expect(machine.isLive)
        #expect(machine.offered(5, byteCount: 10, isWritable: true) == .skip)
        #expect(machine.offered(6, byteCount: 10, isWritable: true) == .write)
    }

    @Test func `a live stream that events were not kept for reads on from the last one it was offered`() {
        let machine = StreamUnderTest(position: 3, isBehind: false, bufferLimit: 100)
        machine.fellBehind(after: 20, head: 40)
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 20))
        #expect(machine.stepArrived(position: 39, reachedHead: true))
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 39))
        #expect(machine.stepArrived(position: 40, reachedHead: true))
        #expect(machine.isLive)
    }

    @Test func `a stream that is newer than what was not kept stays where it is`() {
        let machine = StreamUnderTest(position: 30, isBehind: false, bufferLimit: 100)
        machine.fellBehind(after: 20, head: 40)
        #expect(machine.hasRoom() == .read(after: 30))
    }

    @Test func `what was held back goes out before anything is read`() {
        let machine = StreamUnderTest(position: 0, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1, byteCount: 10, isWritable: false) == .hold)
        machine.fellBehind(after: 1, head: 9)
        #expect(machine.offered(10, byteCount: 10, isWritable: false) == .skip)
        #expect(machine.hasRoom() == .writeHeld)
        machine.wroteHeld(1, byteCount: 10)
        #expect(machine.hasRoom() == .read(after: 1))
    }

    @Test func `a stream that reads does not skip ahead when it falls behind again`() {
        let machine = StreamUnderTest(position: 3, isBehind: true, bufferLimit: 100)
        #expect(machine.hasRoom() == .read(after: 3))
        machine.fellBehind(after: 20, head: 40)
        #expect(machine.hasRoom() == .nothing, "the step is still under way")
        #expect(machine.stepArrived(position: 10, reachedHead: true))
        #expect(!machine.isLive)
        #expect(machine.hasRoom() == .read(after: 10))
    }

    @Test func `it ends once, and nothing happens behind the end`() {
        let machine = StreamUnderTest(position: 0, isBehind: false, bufferLimit: 100)
        #expect(machine.offered(1, byteCount: 10, isWritable: false) == .hold)
        #expect(machine.end())
        #expect(!machine.end())
        #expect(machine.hasEnded)
        #expect(!machine.isLive)
        #expect(machine.heldBytes == 0)
        #expect(machine.hasRoom() == .nothing)
        #expect(machine.offered(2, byteCount: 10, isWritable: true) == .skip)
        machine.fellBehind(after: 2, head: 5)
        #expect(machine.hasEnded)
        #expect(machine.hasRoom() == .nothing)
    }

    @Test func `a step that comes behind the end is for nobody`() {
        let machine = StreamUnderTest(position: 0, isBehind: true, bufferLimit: 100)
        #expect(machine.hasRoom() == .read(after: 0))
        #expect(machine.end())
        #expect(!machine.stepArrived(position: 5, reachedHead: true))
        #expect(machine.hasEnded)
    }

    @Test func `events from before it was opened do not lower what it has to read`() {
        let stream = StreamUnderTest(position: 3, isBehind: true, bufferLimit: 100)
        stream.restart(at: 3, head: 6)
        for old in Position(2)...4 { #expect(stream.offered(old, byteCount: 10, isWritable: true) == .skip) }
        #expect(stream.hasRoom() == .read(after: 3))
        #expect(stream.stepArrived(position: 4, reachedHead: true))
        #expect(!stream.isLive, "a replica that has not heard of 6 yet")
        stream.fellBehind(after: 4, head: 5)
        #expect(stream.hasRoom() == .read(after: 4))
        #expect(stream.stepArrived(position: 6, reachedHead: true))
        #expect(stream.isLive)
    }

    @Test func `a step from elsewhere is not what it waits for`() {
        let stream = StreamUnderTest(position: 3, isBehind: true, bufferLimit: 100)
        #expect(!stream.isWaiting(after: 3), "it has not asked")
        #expect(stream.hasRoom() == .read(after: 3))
        #expect(stream.isWaiting(after: 3) && !stream.isWaiting(after: 2))
        stream.restart(at: 2, head: 5)
        #expect(!stream.isWaiting(after: 3))
        #expect(stream.hasRoom() == .read(after: 2))
        #expect(stream.isWaiting(after: 2) && !stream.isWaiting(after: 3))
        #expect(stream.stepArrived(position: 4, reachedHead: true))
        #expect(!stream.isLive, "the tail had told of 5 when it began")
    }
}

/// The machine in a box: `#expect` takes no value that can't be copied.
private final class StreamUnderTest {
    private var machine: StreamStateMachine

    init(position: Position, isBehind: Bool, bufferLimit: Int) {
        machine = StreamStateMachine(position: position, isBehind: isBehind, bufferLimit: bufferLimit)
    }

    var isLive: Bool { machine.isLive }
    var hasEnded: Bool { machine.hasEnded }
    var position: Position { machine.position }
    var heldBytes: Int { machine.heldBytes }

    func offered(_ sequence: Position, byteCount: Int, isWritable: Bool) -> StreamStateMachine.Offer {
        machine.offered(sequence, byteCount: byteCount, isWritable: isWritable)
    }

    func wroteHeld(_ sequence: Position, byteCount: Int) { machine.wroteHeld(sequence, byteCount: byteCount) }

    func shed() { machine.shed() }

    func hasRoom() -> StreamStateMachine.Room { machine.hasRoom() }

    func stepArrived(position: Position, reachedHead: Bool) -> Bool {
        machine.stepArrived(position: position, reachedHead: reachedHead)
    }

    func fellBehind(after lastOffered: Position, head: Position) { machine.fellBehind(after: lastOffered, head: head) }

    func isWaiting(after position: Position) -> Bool { machine.isWaiting(after: position) }

    func restart(at position: Position, head: Position) { machine.restart(at: position, isBehind: true, head: head) }

    func end() -> Bool { machine.end() }
}
