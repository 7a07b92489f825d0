// One look for all who ask at the same time, and none that began before somebody asked.

import Synchronization
import Testing

@testable import JetStreamEventLog

@Suite struct SharedLookTests {
    /// Looks that end when they are let.
    private final class Looks: Sendable {
        private let state = Mutex((count: 0, gates: [CheckedContinuation<Void, Never>]()))
        private let begun = AsyncStream<Int>.makeStream()

        func look() async -> Int {
            await withCheckedContinuation { gate in
                let count = state.withLock { state in
                    state.count += 1
                    state.gates.append(gate)
                    return state.count
                }
                begun.continuation.yield(count)
            }
            return state.withLock { $0.count }
        }

        /// Returns when a look has begun.
        func next() async -> Int? { await begun.stream.first { _ in true } }

        func letGo() { state.withLock { $0.gates.removeFirst() }.resume() }
    }

    @Test func whoComesDuringALookGetsTheNextOneTogether() async {
        let (shared, looks) = (SharedLook<Int>(), Looks())
        @Sendable func ask() async -> Int { await shared.answer { await looks.look() } }
        async let first = ask()
        #expect(await looks.next() == 1)
        let late = (0..<50).map { _ in Task.immediate { await ask() } }
        looks.letGo()
        #expect(await first == 1)
        #expect(await looks.next() == 2)
        looks.letGo()
        for task in late { #expect(await task.value == 2) }
    }

    @Test func whoComesWhenNobodyLooksHasALookOfItsOwn() async {
        let (shared, looks) = (SharedLook<Int>(), Looks())
        for number in 1...3 {
            async let answer = shared.answer { await looks.look() }
            #expect(await looks.next() == number)
            looks.letGo()
            #expect(await answer == number)
        }
    }
}
