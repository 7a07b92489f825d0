// A value that is swapped under its readers: they get the newest, and the old one goes when nobody can be reading it.

import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Testing

@testable import GatewayServer

@Suite struct LiveTests {
    private final class Counted: Sendable {
        let number: Int
        private let living: Living

        init(_ number: Int, _ living: Living) {
            self.number = number
            self.living = living
            living.count.add(1, ordering: .relaxed)
        }

        deinit { living.count.subtract(1, ordering: .relaxed) }
    }

    private final class Living: Sendable {
        let count = Atomic(0)
        var now: Int { count.load(ordering: .relaxed) }
    }

    @Test func anOldValueStaysUntilEachLoopHasTurned() throws {
        let living = Living()
        let (first, second) = (EmbeddedEventLoop(), EmbeddedEventLoop())
        var live: Live<Counted>? = Live(Counted(1, living), readBy: [first, second])
        live?.replace(with: Counted(2, living))
        #expect(living.now == 2, "a reader may have loaded the first and not taken it yet")
        first.run()
        #expect(living.now == 2, "one of the second loop may be as far")
        second.run()
        #expect(living.now == 1)
        live = nil
        #expect(living.now == 0)
        try first.close()
        try second.close()
    }

    @Test func readersOnManyLoopsSeeNumbersThatOnlyGrow() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let eventLoops = Array(group.makeIterator())
        let living = Living()
        let live = Live(Counted(0, living), readBy: eventLoops)
        let readers = eventLoops.map { eventLoop in
            eventLoop.submit {
                var last = 0
                for _ in 0..<200_000 {
                    let number = live.value.number
                    if number < last { return -1 }
                    last = number
                }
                return last
            }
        }
        for number in 1...2000 { live.replace(with: Counted(number, living)) }
        for reader in readers { #expect(try await reader.get() >= 0) }
        for eventLoop in eventLoops { try await eventLoop.submit {}.get() }
        #expect(living.now == 1)
        try await group.shutdownGracefully()
    }
}
