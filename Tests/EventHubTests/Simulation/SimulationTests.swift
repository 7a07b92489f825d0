import Foundation
import SeededRandom
import Testing

/// The hub's promises under schedules that nobody would think of. A failure names its seed: `SLUICE_SEED=… swift test
/// --filter SimulationTests` runs that schedule alone.
@Suite struct SimulationTests {
    /// In batches, so that they share the machine's cores.
    @Test(arguments: 1...4) func `each stream gets its events in order, once, or is told`(batch: Int) throws {
        let isReplay = ProcessInfo.processInfo.environment["SLUICE_SEED"] != nil
        var seeds = SeededGenerator(test: "simulation, batch \(batch)")
        for _ in 0..<(isReplay ? 1 : 2500) {
            let seed = isReplay ? seeds.seed : seeds.next()
            var simulation = try Simulation(SeededGenerator(seed: seed))
            let violations = try simulation.run(steps: 50)
            #expect(violations == [], "SLUICE_SEED=\(seed)")
            guard violations.isEmpty else { return }
        }
    }
}
