// A wish that whoever waits for it hears, whenever it came.

import Testing

@testable import GatewayServer

@Suite struct ImpatienceTests {
    @Test func itIsHeardAlsoWhenItCameBefore() async {
        let impatience = Impatience()
        impatience.begin()
        impatience.begin()
        await impatience.wait()
        await impatience.wait()
    }

    @Test func allWhoWaitHearIt() async {
        let impatience = Impatience()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 1...3 { tasks.addTask { await impatience.wait() } }
            tasks.addTask { await impatience.wait(atMost: .seconds(3600)) }
            impatience.begin()
        }
    }

    /// Who no longer waits takes it from nobody.
    @Test func itOutlastsAWaitThatWasGivenUp() async {
        let impatience = Impatience()
        await impatience.wait(atMost: .zero)
        let waits = Task { await impatience.wait() }
        waits.cancel()
        await waits.value
        impatience.begin()
        await impatience.wait()
    }
}
