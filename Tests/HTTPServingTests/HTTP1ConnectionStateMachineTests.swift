import NIOCore
import Testing

@testable import HTTPServing

/// The connection's rules as values: no channel, no clock.
@Suite struct HTTP1ConnectionStateMachineTests {
    // MARK: A request without a body

    @Test func `a new connection waits for its first head`() {
        let machine = HTTP1ConnectionStateMachine()
        #expect(machine.phase == .firstHead)
        #expect(machine.takesInput == true)
    }

    @Test func `a head is to be judged`() {
        var machine = HTTP1ConnectionStateMachine()
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == true)
        #expect(machine.phase == .nothing)
    }

    @Test func `a request without a body that is answered keeps the connection`() {
        var machine = HTTP1ConnectionStateMachine.judging()
        #expect(machine.answersNow() == .keepAlive)
        #expect(machine.phase == .requestEnd)
        #expect(machine.receivedEnd() == .nothing)
        #expect(machine.phase == .nextHead)
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == true)
    }

    @Test func `a request that wants no further one is answered and closed`() {
        var machine = HTTP1ConnectionStateMachine.judging(keepsAlive: false)
        #expect(machine.answersNow() == .close)
        #expect(machine.receivedEnd() == .nothing)
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == false)
    }

    @Test func `a head is not judged while one is`() {
        var machine = HTTP1ConnectionStateMachine.judging()
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == false)
    }

    // MARK: A request with a body

    @Test func `a request that is answered before its body is the last, and is read to its end`() {
        var machine = HTTP1ConnectionStateMachine.judging(hasBody: true)
        #expect(machine.answersNow() == .linger)
        #expect(machine.phase == .clientClose)
        #expect(machine.receivedBody(byteCount: 1_000_000) == .discard)
        #expect(machine.receivedEnd() == .close)
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == false)
    }

    @Test func `a body that comes for certain may be thrown away, and the connection goes on`() {
        var machine = HTTP1ConnectionStateMachine.judging(hasBody: true)
        #expect(machine.answersNow(discarding: true) == .keepAlive)
        #expect(machine.phase == .requestEnd, "it has its time to come")
        #expect(machine.receivedBody(byteCount: 1000) == .discard)
        #expect(machine.receivedEnd() == .nothing)
        #expect(machine.phase == .nextHead)
        #expect(machine.receivedHead(keepsAlive: true, hasBody: true) == true)
        machine.endsBehindThisExchange()
        #expect(machine.answersNow(discarding: true) == .linger, "what is the last goes on for nobody")
    }

    @Test func `a body is collected up to its limit and answered`() {
        var machine = HTTP1ConnectionStateMachine.collecting(limit: 10)
        #expect(machine.phase == .requestEnd)
        #expect(machine.receivedBody(byteCount: 4) == .append)
        #expect(machine.receivedBody(byteCount: 6) == .append)
        #expect(machine.receivedBody(byteCount: 0) == .append)
        #expect(machine.receivedEnd() == .respond)
        #expect(machine.phase == .nothing)
        #expect(machine.takesInput == false)
        #expect(machine.answered() == .keepAlive)
        #expect(machine.phase == .nextHead)
        #expect(machine.takesInput == true)
    }

    @Test func `one byte over the limit refuses the request, which is the last then`() {
        var machine = HTTP1ConnectionStateMachine.collecting(limit: 10)
        #expect(machine.receivedBody(byteCount: 10) == .append)
        #expect(machine.receivedBody(byteCount: 1) == .refuse)
        #expect(machine.answersNow() == .linger)
        #expect(machine.receivedBody(byteCount: 1) == .discard)
        #expect(machine.receivedEnd() == .close)
    }

    @Test func `a whole request that wants no further one is closed behind its answer`() {
        var machine = HTTP1ConnectionStateMachine.answering(keepsAlive: false)
        #expect(machine.answered() == .close)
        #expect(machine.phase == .nothing)
    }

    @Test func `a second answer to a request is dropped`() {
        var machine = HTTP1ConnectionStateMachine.answering()
        #expect(machine.answered() == .keepAlive)
        #expect(machine.answered() == .drop)
        #expect(machine.answersNow() == .drop)
    }

    @Test func `an answer that comes when the connection is gone is dropped`() {
        var machine = HTTP1ConnectionStateMachine.answering()
        machine.closed()
        #expect(machine.answered() == .drop)
    }

    @Test func `what is collected or streamed without a head being judged changes nothing`() {
        var machine = HTTP1ConnectionStateMachine()
        machine.collects(limit: 1)
        machine.streams()
        #expect(machine.phase == .firstHead)
        #expect(machine.receivedBody(byteCount: 1) == .discard)
        #expect(machine.receivedEnd() == .nothing)
        #expect(machine.answersNow() == .drop)
    }

    // MARK: Streams

    @Test func `a stream takes nothing and has no deadline`() {
        var machine = HTTP1ConnectionStateMachine.streaming()
        #expect(machine.phase == .nothing)
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == false)
        #expect(machine.receivedBody(byteCount: 1) == .discard)
        #expect(machine.receivedEnd() == .nothing)
        #expect(machine.answersNow() == .drop)
        #expect(machine.timedOut() == .nothing)
        #expect(machine.parserFailed() == .nothing)
        #expect(machine.quiesces() == false)
    }

    // MARK: Deadlines

    @Test func `each phase has its time`() {
        let times = ConnectionTimes(head: .seconds(1), body: .seconds(2), idle: .seconds(3), linger: .seconds(4))
        #expect(HTTP1ConnectionStateMachine.Phase.firstHead.timeLimit(times) == .seconds(1))
        #expect(HTTP1ConnectionStateMachine.Phase.requestEnd.timeLimit(times) == .seconds(2))
        #expect(HTTP1ConnectionStateMachine.Phase.nextHead.timeLimit(times) == .seconds(3))
        #expect(HTTP1ConnectionStateMachine.Phase.clientClose.timeLimit(times) == .seconds(4))
        #expect(HTTP1ConnectionStateMachine.Phase.nothing.timeLimit(times) == nil)
    }

    @Test func `a body that trickles in stays in the phase that it began`() {
        var machine = HTTP1ConnectionStateMachine.collecting(limit: 1000)
        for _ in 0..<100 {
            #expect(machine.receivedBody(byteCount: 1) == .append)
            #expect(machine.phase == .requestEnd)
        }
    }

    @Test func `a head that does not come is told once, and then the connection ends`() {
        var machine = HTTP1ConnectionStateMachine()
        machine.heard()
        #expect(machine.timedOut() == .refuse)
        #expect(machine.phase == .clientClose)
        #expect(machine.timedOut() == .close)
        #expect(machine.phase == .nothing)
        #expect(machine.timedOut() == .nothing)
    }

    @Test func `a connection that never said anything is closed without a word`() {
        var machine = HTTP1ConnectionStateMachine()
        #expect(machine.timedOut() == .close)
        #expect(machine.phase == .nothing)
    }

    @Test func `a body that does not come is told`() {
        var machine = HTTP1ConnectionStateMachine.collecting(limit: 10)
        #expect(machine.timedOut() == .refuse)
        #expect(machine.receivedEnd() == .close)
    }

    @Test func `an idle connection is closed without a word`() {
        var machine = HTTP1ConnectionStateMachine.answering()
        #expect(machine.answered() == .keepAlive)
        #expect(machine.timedOut() == .close)
    }

    @Test func `an answered request whose end does not come is closed without a second answer`() {
        var machine = HTTP1ConnectionStateMachine.judging()
        #expect(machine.answersNow() == .keepAlive)
        #expect(machine.timedOut() == .close)
    }

    @Test func `our own answer has all the time that it wants`() {
        var machine = HTTP1ConnectionStateMachine.answering()
        #expect(machine.timedOut() == .nothing)
        #expect(machine.answered() == .keepAlive)
    }

    // MARK: What is not HTTP

    @Test func `what is not HTTP is refused in place of a head, a judgement or a body`() {
        var idle = HTTP1ConnectionStateMachine()
        #expect(idle.parserFailed() == .refuse)
        #expect(idle.parserFailed() == .nothing)
        var judging = HTTP1ConnectionStateMachine.judging()
        #expect(judging.parserFailed() == .refuse)
        var collecting = HTTP1ConnectionStateMachine.collecting(limit: 10)
        #expect(collecting.parserFailed() == .refuse)
        #expect(collecting.phase == .clientClose)
        #expect(collecting.receivedHead(keepsAlive: true, hasBody: false) == false)
    }

    @Test func `what is not HTTP behind a request that is answered ends the connection`() {
        var awaitingEnd = HTTP1ConnectionStateMachine.judging()
        #expect(awaitingEnd.answersNow() == .keepAlive)
        #expect(awaitingEnd.parserFailed() == .close)
        var lingering = HTTP1ConnectionStateMachine.judging(hasBody: true)
        #expect(lingering.answersNow() == .linger)
        #expect(lingering.parserFailed() == .nothing)
    }

    @Test func `what is not HTTP behind a request that is being answered makes its answer the last`() {
        var machine = HTTP1ConnectionStateMachine.answering()
        #expect(machine.parserFailed() == .nothing)
        #expect(machine.answered() == .close)
    }

    @Test func `a closed connection has nothing left to do`() {
        var machine = HTTP1ConnectionStateMachine()
        machine.closed()
        #expect(machine.parserFailed() == .nothing)
        #expect(machine.timedOut() == .nothing)
        #expect(machine.quiesces() == false)
        #expect(machine.receivedHead(keepsAlive: true, hasBody: false) == false)
        #expect(machine.phase == .nothing)
    }

    // MARK: Going down

    @Test func `going down closes a connection that waits for a request`() {
        var new = HTTP1ConnectionStateMachine()
        #expect(new.quiesces() == true)
        var answered = HTTP1ConnectionStateMachine.judging()
        #expect(answered.answersNow() == .keepAlive)
        #expect(answered.quiesces() == true)
        #expect(answered.phase == .nothing)
    }

    @Test func `going down lets the request under way be answered as the last`() {
        var judging = HTTP1ConnectionStateMachine.judging()
        #expect(judging.quiesces() == false)
        #expect(judging.answersNow() == .close)
        var collecting = HTTP1ConnectionStateMachine.collecting(limit: 10)
        #expect(collecting.quiesces() == false)
        #expect(collecting.receivedBody(byteCount: 10) == .append)
        #expect(collecting.receivedEnd() == .respond)
        #expect(collecting.answered() == .close)
        var answering = HTTP1ConnectionStateMachine.answering()
        #expect(answering.quiesces() == false)
        #expect(answering.answered() == .close)
    }

    @Test func `going down leaves a refused client its time to read`() {
        var lingering = HTTP1ConnectionStateMachine.judging(hasBody: true)
        #expect(lingering.answersNow() == .linger)
        #expect(lingering.quiesces() == false)
        #expect(lingering.phase == .clientClose)
        var discarding = HTTP1ConnectionStateMachine.judging(hasBody: true)
        #expect(discarding.answersNow(discarding: true) == .keepAlive)
        #expect(discarding.quiesces() == false, "its body is on its way: to close now would be a reset")
        #expect(discarding.phase == .clientClose)
        #expect(discarding.receivedBody(byteCount: 10) == .discard)
        #expect(discarding.receivedEnd() == .close)
    }
}

extension HTTP1ConnectionStateMachine {
    fileprivate static func judging(keepsAlive: Bool = true, hasBody: Bool = false) -> HTTP1ConnectionStateMachine {
        var machine = HTTP1ConnectionStateMachine()
        #expect(machine.receivedHead(keepsAlive: keepsAlive, hasBody: hasBody) == true)
        return machine
    }

    fileprivate static func collecting(keepsAlive: Bool = true, limit: Int) -> HTTP1ConnectionStateMachine {
        var machine = judging(keepsAlive: keepsAlive, hasBody: true)
        machine.collects(limit: limit)
        return machine
    }

    fileprivate static func answering(keepsAlive: Bool = true) -> HTTP1ConnectionStateMachine {
        var machine = collecting(keepsAlive: keepsAlive, limit: 10)
        #expect(machine.receivedEnd() == .respond)
        return machine
    }

    fileprivate static func streaming() -> HTTP1ConnectionStateMachine {
        var machine = judging()
        machine.streams()
        return machine
    }
}
