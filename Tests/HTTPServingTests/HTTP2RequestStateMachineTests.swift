import NIOCore
import Testing

@testable import HTTPServing

/// What one request does next, as values.
@Suite struct HTTP2RequestStateMachineTests {
    private static let later = NIODeadline.uptimeNanoseconds(1000)
    private static let muchLater = NIODeadline.uptimeNanoseconds(2000)

    @Test func `a body is collected up to its limit`() {
        var machine = HTTP2RequestStateMachine()
        machine.collects(limit: 5, until: Self.later)
        #expect(machine.deadline == Self.later)
        let pieces = [3, 2, 1].map { machine.receivedBody(byteCount: $0) }
        #expect(pieces == [.append, .append, .refuse])
    }

    @Test func `a complete body is responded to once`() {
        var machine = HTTP2RequestStateMachine()
        machine.collects(limit: 5, until: Self.later)
        let ends = [machine.receivedEnd(), machine.receivedEnd()]
        #expect(ends == [true, false])
        #expect(machine.deadline == nil, "our own answer has no deadline")
        let answers = [machine.answers(until: Self.muchLater), machine.answers(until: Self.muchLater)]
        #expect(answers == [true, false])
        #expect(machine.deadline == Self.muchLater)
    }

    @Test func `what comes without being asked for is thrown away`() {
        var machine = HTTP2RequestStateMachine()
        let judging = machine.receivedBody(byteCount: 1)
        machine.streams()
        let streaming = machine.receivedBody(byteCount: 1)
        let end = machine.receivedEnd()
        _ = machine.answers(until: Self.later)
        let ended = machine.receivedBody(byteCount: 1)
        #expect([judging, streaming, ended] == [.discard, .discard, .discard])
        #expect(!end)
    }

    @Test func `a late body is refused, a response that is not taken is given up`() {
        var machine = HTTP2RequestStateMachine()
        machine.collects(limit: 5, until: Self.later)
        let body = machine.timedOut()
        _ = machine.answers(until: Self.muchLater)
        let response = machine.timedOut()
        #expect(body == .refuse && response == .reset)
        #expect(machine.deadline == nil)
    }

    @Test func `a client may finish a request that has been answered, for a while`() {
        var machine = HTTP2RequestStateMachine()
        machine.lingers(until: Self.later)
        #expect(machine.deadline == nil && !machine.letsFinish, "there is no answer yet")
        _ = machine.answers(until: Self.later)
        machine.lingers(until: Self.muchLater)
        #expect(machine.deadline == Self.muchLater && machine.letsFinish)
        let (piece, again) = (machine.receivedBody(byteCount: 9), machine.answers(until: Self.later))
        let action = machine.timedOut()
        #expect(piece == .discard && !again && action == .stop)
    }

    @Test func `a stream has no deadline`() {
        var machine = HTTP2RequestStateMachine()
        machine.streams()
        let action = machine.timedOut()
        #expect(machine.deadline == nil && action == .nothing)
    }
}
