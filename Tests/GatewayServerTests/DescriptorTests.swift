// What the system's limit on open files leaves for connections, and what happens when it is reached all the same.

import NIOCore
import Testing

@testable import GatewayServer

@Suite struct DescriptorBudgetTests {
    @Test func whereThereAreEnoughNothingChanges() {
        for allowed in [0, 100_000] {
            let budget = DescriptorBudget(allowed: allowed, used: 40, connections: 50_000, turnedAway: 1000)
            #expect(budget?.connections == 50_000 && budget?.turnedAway == 1000 && budget?.adminConnections == 64)
        }
    }

    /// As a shell, systemd and a container have it.
    @Test(arguments: [64, 256, 1024, 4096, 50_000])
    func connectionsNeverTakeTheLastDescriptor(allowed: Int) throws {
        let budget = try #require(
            DescriptorBudget(allowed: allowed, used: 26, connections: 50_000, turnedAway: 1000))
        let taken = budget.connections + budget.turnedAway + budget.adminConnections + 26 + DescriptorBudget.reserve
        #expect(taken == allowed)
        #expect(budget.connections > budget.turnedAway && budget.adminConnections >= 4)
    }

    /// Under a full limit they would take the last ones, and one that is to be replaced could not be.
    @Test func theGatewaysOwnStreamsHaveTheirs() {
        let needed = [false, true].map { DescriptorBudget.needed(byEventLoops: 8, hasCanaries: $0) }
        #expect(needed == [52, 84])
    }

    @Test func tooFewAreNoGateway() {
        for allowed in [1, 32, 50] {
            #expect(DescriptorBudget(allowed: allowed, used: 26, connections: 50_000, turnedAway: 1000) == nil)
        }
    }
}

@Suite struct AcceptPausesTests {
    private static func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    @Test func pausesGrowToASecondAndAreNewsOnce() {
        var pauses = AcceptPauses()
        let failures = (0..<6).map { _ in pauses.failed(at: Self.at(0)) }
        #expect(failures.map(\.pause) == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        #expect(failures.map(\.isNews) == [true, false, false, false, false, false])
    }

    @Test func anEpisodeIsOverWhenAcceptingHasWorkedForAWhile() {
        var pauses = AcceptPauses()
        _ = pauses.failed(at: Self.at(0))
        _ = pauses.failed(at: Self.at(100))
        let early = pauses.accepted(at: Self.at(300))
        let again = pauses.failed(at: Self.at(400))
        #expect(!early && again.pause == .milliseconds(100) && !again.isNews)
        let accepted = [5300, 5400, 5500].map { pauses.accepted(at: Self.at($0)) }
        #expect(accepted == [false, true, false])
        let next = pauses.failed(at: Self.at(6000))
        #expect(next.isNews)
    }
}
