// What signals do to a gateway, without one.

import Glibc
import Testing

@testable import GatewayServer

@Suite struct SignalRuleTests {
    @Test(arguments: [OperatorSignal.interrupt, .terminate], [OperatorSignal.interrupt, .terminate])
    func theFirstDrainsAndTheSecondEnds(_ first: OperatorSignal, _ second: OperatorSignal) {
        var rules = SignalRules()
        #expect(rules.received(first) == .drain)
        #expect(rules.cutShortBy == nil)
        #expect(rules.received(second) == .endNow)
        #expect(rules.received(first) == .endNow)
        #expect(rules.cutShortBy == second, "the one that ended it")
    }

    @Test func aHangupReloadsAndIsNoEnd() {
        var rules = SignalRules()
        #expect(rules.received(.hangup) == .reload)
        #expect(rules.received(.terminate) == .drain, "and is not counted")
        guard case .goOn = rules.received(.hangup) else { Issue.record("what stops needs no reload"); return }
    }

    @Test func aClosedTerminalsHangupDrainsOnce() {
        var rules = SignalRules()
        #expect(rules.received(.hangup, isTerminalGone: true) == .drain)
        // A terminal that closes sends more than one.
        #expect(rules.received(.hangup, isTerminalGone: true) != .endNow)
        #expect(rules.received(.terminate) == .endNow)
    }

    @Test(arguments: [OperatorSignal.user1, .user2])
    func whatLogRotationSendsIsNoEnd(_ signal: OperatorSignal) {
        var rules = SignalRules()
        guard case .goOn(let reason) = rules.received(signal) else { Issue.record("it ends"); return }
        #expect(reason.contains("standard error"))
    }

    @Test func theNumbersAreTheSystems() {
        let numbers = [SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGTERM]
        #expect(OperatorSignal.allCases.map(\.rawValue) == numbers)
        #expect(OperatorSignal.allCases.map(\.name) == ["SIGHUP", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGTERM"])
    }
}
