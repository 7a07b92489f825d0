import Foundation
import SeededRandom
import Testing

/// The hub's promises under schedules that nobody would think of. A failure names its seed: `SLUICE_SEED=… swift test
/// --filter SimulationTests` runs that schedule alone; `make schedules` runs ten thousand.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isSearch = environment["SLUICE_SCHEDULES"] != nil
    private static let batches = 4
    /// In each batch.
    private static let count = (environment["SLUICE_SCHEDULES"].flatMap { Int($0) } ?? 1000) / batches

    /// What a batch meets, or it proves nothing.
    private static let met = [
        "outage", "epoch", "delayed", "current", "gap epoch", "gap retention", "gap future", "gap malformed",
        "end token-expired", "end buffer-overflow", "end buffer-total", "end behind-limit",
    ]

    /// In batches, so that they share the machine's cores.
    @Test(arguments: 1...(environment["SLUICE_SEED"] == nil ? batches : 1))
    func `each stream gets its events in order, once, or is told`(batch: Int) throws {
        let isReplay = Self.environment["SLUICE_SEED"] != nil
        // `make test` runs the same thousand each time: a change is judged by what it could have broken.
        var seeds =
            Self.isSearch || isReplay
            ? SeededGenerator(test: "simulation, batch \(batch)") : SeededGenerator(seed: UInt64(batch))
        let tally = SimulationTally(isTracing: isReplay)
        for number in 1...(isReplay ? 1 : Self.count) {
            let seed = isReplay ? seeds.seed : seeds.next()
            var simulation = try Simulation(SeededGenerator(seed: seed), tally)
            let violations = try simulation.run(steps: 80)
            #expect(violations == [], "SLUICE_SEED=\(seed)")
            guard violations.isEmpty else { return }
            if number % 500 == 0 { print("simulation, batch \(batch): \(number) of \(Self.count) schedules") }
        }
        print("simulation, batch \(batch), met: \(tally.summary)")
        guard !isReplay else { return }
        for what in Self.met { #expect(tally[what] > 0, "\(what)") }
    }
}
