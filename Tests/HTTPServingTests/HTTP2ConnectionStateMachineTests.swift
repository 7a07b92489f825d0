import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// How long a connection goes on, as values.
@Suite struct HTTP2ConnectionStateMachineTests {
    private static let start = NIODeadline.uptimeNanoseconds(0)

    private static func machine() -> HTTP2ConnectionStateMachine {
        HTTP2ConnectionStateMachine(
            times: Wire.times, keepAlive: .seconds(60), pongTimeout: .seconds(20), now: start)
    }

    @Test func `a connection begins with the time of a head`() {
        let machine = Self.machine()
        let deadline = machine.deadline
        #expect(deadline == Self.start + .seconds(10))
    }

    @Test func `bytes that are no request put nothing off`() {
        var machine = Self.machine()
        machine.heard(at: Self.start + .seconds(9))
        let early = machine.passed(at: Self.start + .seconds(9), isWritable: true)
        let action = machine.passed(at: Self.start + .seconds(10), isWritable: true)
        #expect(early == .nothing && action == .end)
    }

    @Test func `the idle time runs from the last stream's end`() {
        var machine = Self.machine()
        machine.heard(at: Self.start)
        machine.streamOpened()
        machine.streamOpened()
        let first = machine.streamClosed(at: Self.start + .seconds(5))
        let second = machine.streamClosed(at: Self.start + .seconds(30))
        let deadline = machine.deadline
        #expect(first == .nothing && second == .nothing)
        #expect(deadline == Self.start + .seconds(90))
    }

    @Test func `a silent client is asked once, and given up when it does not answer`() {
        var machine = Self.machine()
        machine.streamOpened()
        machine.heard(at: Self.start)
        let asked = machine.passed(at: Self.start + .seconds(60), isWritable: true)
        let waiting = machine.passed(at: Self.start + .seconds(79), isWritable: true)
        let gone = machine.passed(at: Self.start + .seconds(80), isWritable: true)
        let deadline = machine.deadline
        #expect(asked == .ping && waiting == .nothing && gone == .close)
        #expect(deadline == nil)
    }

    @Test func `a client that has closed its side is owed what is open, for a time`() {
        var machine = Self.machine()
        machine.heard(at: Self.start)
        machine.streamOpened()
        let closed = machine.inputClosed(at: Self.start + .seconds(5))
        let deadline = machine.deadline
        #expect(closed == .nothing && deadline == Self.start + .seconds(35))
        let late = machine.passed(at: Self.start + .seconds(35), isWritable: true)
        #expect(late == .end)
    }

    @Test func `its last answer ends the connection, and without one it ends at once`() {
        var machine = Self.machine()
        machine.heard(at: Self.start)
        machine.streamOpened()
        _ = machine.inputClosed(at: Self.start)
        let last = machine.streamClosed(at: Self.start)
        #expect(last == .end)
        var idle = Self.machine()
        let silent = idle.inputClosed(at: Self.start)
        #expect(silent == .close)
    }

    @Test func `any byte is a sign of life`() {
        var machine = Self.machine()
        machine.streamOpened()
        _ = machine.passed(at: Self.start + .seconds(60), isWritable: true)
        machine.heard(at: Self.start + .seconds(70))
        let action = machine.passed(at: Self.start + .seconds(80), isWritable: true)
        let deadline = machine.deadline
        #expect(action == .nothing)
        #expect(deadline == Self.start + .seconds(130))
    }

    @Test func `a socket that takes nothing takes no question either`() {
        var machine = Self.machine()
        machine.streamOpened()
        let action = machine.passed(at: Self.start + .seconds(60), isWritable: false)
        let deadline = machine.deadline
        #expect(action == .nothing)
        #expect(deadline == Self.start + .seconds(120))
    }

    @Test func `going down announces, waits for a sign, and then takes no more`() {
        var machine = Self.machine()
        machine.streamOpened()
        let announced = machine.quiesces(at: Self.start)
        let again = machine.quiesces(at: Self.start)
        let told = machine.ponged()
        let late = machine.ponged()
        let last = machine.streamClosed(at: Self.start + .seconds(1))
        #expect(announced == .announceGoAway && again == .nothing)
        #expect(told == .goAway && late == .nothing)
        #expect(last == .end)
    }

    @Test func `going down does not wait for ever for the sign`() {
        var machine = Self.machine()
        machine.streamOpened()
        _ = machine.quiesces(at: Self.start)
        let early = machine.passed(at: Self.start + .seconds(1), isWritable: true)
        let due = machine.passed(at: Self.start + .seconds(2), isWritable: true)
        #expect(early == .nothing && due == .goAway)
    }

    @Test(arguments: [false, true])
    func `going down ends an idle connection`(hasHeard: Bool) {
        var machine = Self.machine()
        if hasHeard { machine.heard(at: Self.start) }
        let action = machine.quiesces(at: Self.start)
        let again = machine.quiesces(at: Self.start)
        #expect(action == (hasHeard ? .end : .close))
        #expect(again == .nothing)
    }

    @Test func `nothing is due on a connection that is closed`() {
        var machine = Self.machine()
        machine.streamOpened()
        machine.closed()
        let deadline = machine.deadline
        let action = machine.passed(at: Self.start + .hours(1), isWritable: true)
        let last = machine.streamClosed(at: Self.start)
        #expect(deadline == nil && action == .nothing && last == .nothing)
    }
}
