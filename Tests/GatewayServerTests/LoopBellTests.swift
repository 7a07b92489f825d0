// A pipe from an event loop to itself.

import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import GatewayServer

@Suite struct LoopBellTests {
    private static let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    @Test func whatIsRungComesBehindTheLoopsTasks() async throws {
        let bell = try await LoopBell.open(on: Self.eventLoop)
        let order = NIOLockedValueBox<[String]>([])
        let rung = Self.eventLoop.makePromise(of: Void.self)
        try await Self.eventLoop.submit {
            #expect(
                bell.value.ring {
                    order.withLockedValue { $0.append("bell") }
                    rung.succeed()
                })
            Self.eventLoop.execute {
                order.withLockedValue { $0.append("task") }
                Self.eventLoop.execute { order.withLockedValue { $0.append("task's task") } }
            }
        }.get()
        try await rung.futureResult.get()
        #expect(order.withLockedValue { $0 } == ["task", "task's task", "bell"])
    }

    /// Handshakes and requests that wait for their turns would wait for ever.
    @Test func whoWaitsWhenItBreaksIsCalled() async throws {
        let bell = try await LoopBell.open(on: Self.eventLoop)
        let calls = try await Self.eventLoop.flatSubmit {
            let calls = NIOLockedValueBox(0)
            for _ in 0..<2 { #expect(bell.value.ring { calls.withLockedValue { $0 += 1 } }) }
            let closed = bell.value.context?.channel.closeFuture ?? Self.eventLoop.makeSucceededVoidFuture()
            bell.value.context?.close(promise: nil)
            return closed.map {
                #expect(!bell.value.ring { calls.withLockedValue { $0 += 1 } })
                return calls.withLockedValue { $0 }
            }
        }.get()
        #expect(calls == 2)
    }

    /// A turn that asks for the next one is no reason for a socket to wait: each has its turn in between.
    @Test func betweenTwoStrokesOtherSocketsAreServed() async throws {
        let (turns, socket) = (try await LoopBell.open(on: Self.eventLoop), try await LoopBell.open(on: Self.eventLoop))
        let count = NIOLockedValueBox(0)
        let served = Self.eventLoop.makePromise(of: Int.self)
        @Sendable func turn() {
            let isOver = count.withLockedValue { count in
                count += 1
                return count == 1000
            }
            if isOver { return served.succeed(.max) }
            if count.withLockedValue({ $0 }) == 100 {
                _ = socket.value.ring { served.succeed(count.withLockedValue { $0 }) }
            }
            _ = turns.value.ring { turn() }
        }
        Self.eventLoop.execute { turn() }
        #expect(try await served.futureResult.get() <= 102)
    }
}
