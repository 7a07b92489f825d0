// The rules between the states, as values: no channel, no TLS.

import Testing

@testable import NIOOpenSSL

@Suite struct StateMachineTests {
    private typealias Machine = OpenSSLHandler.StateMachine

    private func open() -> Machine {
        var state = Machine()
        #expect(state.activate() == .startHandshake)
        #expect(state.handshakeCompleted() == .announce)
        return state
    }

    @Test func activationBeginsOnce() {
        var state = Machine()
        #expect(state.received() == .ignore)
        #expect(state.write() == .wait)
        #expect(state.activate() == .startHandshake)
        #expect(state.activate() == .none)
        #expect(state.received() == .handshake)
        #expect(state.write() == .wait)
    }

    @Test func theHandshakeIsAnnouncedOnce() {
        var state = open()
        #expect(state.handshakeCompleted() == .none)
        #expect(state.received() == .deliver)
        #expect(state.write() == .encrypt)
    }

    @Test func closingWaitsForThePeer() {
        var state = open()
        #expect(state.close() == .shutDownAndWait)
        #expect(state.close() == .join)
        #expect(state.received() == .discard)
        #expect(state.write() == .refuseClosed)
        #expect(state.drained() == false)
        #expect(state.received() == .discard)
        #expect(state.peerClosed(halfClosure: true) == .finish)
        #expect(state.received() == .ignore)
        #expect(state.ended() == .clean)
    }

    @Test(arguments: [false, true]) func closingWaitsForTheSocketThoughThePeerHasEnded(byCloseNotify: Bool) {
        var state = open()
        _ = state.close()
        if byCloseNotify {
            #expect(state.peerClosed(halfClosure: true) == .finishWhenTaken)
        } else {
            #expect(state.inputEnded(halfClosure: false) == .closeWhenTaken)
        }
        #expect(state.received() == .ignore)
        #expect(state.inputEnded(halfClosure: true) == .none)
        #expect(state.close() == .join)
        #expect(state.drained() == true)
        #expect(state.drained() == false)
    }

    @Test func anEndOfInputIsTheEndWhenTheSocketHasTakenAll() {
        var state = open()
        _ = state.close()
        #expect(state.drained() == false)
        #expect(state.inputEnded(halfClosure: true) == .end)
        #expect(state.ended() == .clean)
    }

    @Test func closingBeforeTheEndOfTheHandshakeDoesNotWait() {
        var idle = Machine()
        #expect(idle.close() == .closeChannel)
        #expect(idle.activate() == .none)
        var handshaking = Machine()
        _ = handshaking.activate()
        #expect(handshaking.close() == .closeChannel)
        #expect(handshaking.handshakeCompleted() == .none)
        #expect(handshaking.ended() == .clean)
    }

    @Test func thePeersCloseIsAnswered() {
        var state = open()
        #expect(state.peerClosed(halfClosure: false) == .answerAndClose)
        #expect(state.peerClosed(halfClosure: false) == .none)
        #expect(state.write() == .refuseClosed)
        #expect(state.close() == .closeChannel)
    }

    @Test func thePeersCloseMayLeaveOurSideOpen() {
        var state = open()
        #expect(state.peerClosed(halfClosure: true) == .announceInputClosed)
        #expect(state.isInputClosed == true)
        #expect(state.received() == .ignore)
        #expect(state.write() == .encrypt)
        #expect(state.close() == .shutDownAndClose)
        #expect(state.isInputClosed == false)
    }

    @Test func ourOutputCanBeClosedAlone() {
        var state = open()
        #expect(state.closeOutput() == .shutDownOutput)
        #expect(state.closeOutput() == .refuseOutputClosed)
        #expect(state.write() == .refuseOutputClosed)
        #expect(state.received() == .deliver)
        #expect(state.drained() == false)
        #expect(state.peerClosed(halfClosure: false) == .finish)
    }

    @Test(arguments: [false, true]) func anOutputThatIsClosedIsTakenThoughThePeerHasEnded(byCloseNotify: Bool) {
        var state = open()
        _ = state.closeOutput()
        if byCloseNotify {
            #expect(state.peerClosed(halfClosure: true) == .finishWhenTaken)
        } else {
            #expect(state.inputEnded(halfClosure: true) == .closeWhenTaken)
        }
        #expect(state.ended() == .clean)
    }

    @Test func closingBehindAClosedOutputWaitsForThePeer() {
        var state = open()
        _ = state.closeOutput()
        #expect(state.close() == .waitForPeer)
        #expect(state.peerClosed(halfClosure: true) == .finishWhenTaken)
        #expect(state.drained() == true)
    }

    @Test func theOutputOfAHandshakeCannotBeClosed() {
        var state = Machine()
        #expect(state.closeOutput() == .refuseUnsupported)
        _ = state.activate()
        #expect(state.closeOutput() == .refuseUnsupported)
    }

    @Test func theEndMeansWhatTheStateSays() {
        var idle = Machine()
        #expect(idle.ended() == .clean)
        var handshaking = Machine()
        _ = handshaking.activate()
        #expect(handshaking.ended() == .interrupted)
        #expect(handshaking.ended() == .clean)
        var truncated = open()
        #expect(truncated.ended() == .truncated)
        var outputClosed = open()
        _ = outputClosed.closeOutput()
        #expect(outputClosed.ended() == .truncated)
        var inputClosed = open()
        _ = inputClosed.peerClosed(halfClosure: true)
        #expect(inputClosed.ended() == .clean)
    }

    @Test func theTransportsErrorSpeaksForItself() {
        var state = open()
        state.transportFailed()
        #expect(state.ended() == .clean)
    }

    @Test func aFailureIsReportedOnce() {
        var state = open()
        #expect(state.failed() == .reportAndClose)
        #expect(state.failed() == .none)
        var closing = open()
        _ = closing.close()
        #expect(closing.failed() == .closeChannel)
    }

    @Test func deadlinesCountOnlyForWhatTheyWereFor() {
        var handshaking = Machine()
        _ = handshaking.activate()
        #expect(handshaking.deadlinePassed() == .abortHandshake)
        var opened = open()
        #expect(opened.deadlinePassed() == .none)
        var closing = open()
        _ = closing.close()
        #expect(closing.deadlinePassed() == .closeChannel)
        #expect(closing.deadlinePassed() == .none)
    }

    @Test func whoeverReadsHasMoreTimeAndNotForAFewBytes() {
        var closing = open()
        _ = closing.close()
        #expect(closing.deadlinePassed(peerTook: 4_096) == .waitOn)
        _ = closing.peerClosed(halfClosure: true)
        #expect(closing.deadlinePassed(peerTook: 4_096) == .waitOn)
        #expect(closing.deadlinePassed(peerTook: 4_095) == .closeChannel)
        var handshaking = Machine()
        _ = handshaking.activate()
        #expect(handshaking.deadlinePassed(peerTook: 4_096) == .abortHandshake)
    }
}
