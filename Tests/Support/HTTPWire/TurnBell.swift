package import NIOCore

@testable internal import HTTPServing

/// Has the turns of a loop in memory come when a test says so. Nothing of it is touched but on that loop.
package final class TurnBell: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var called: [() -> Void] = []
    /// How often a turn was asked for.
    private var count = 0
    /// The loop's turns.
    private(set) lazy var turns = LoopTurns(on: eventLoop) { call in
        self.called.append(call)
        self.count += 1
        return true
    }

    package init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The loop has looked at its sockets.
    package func ring() async throws {
        try await eventLoop.submit {
            let called = self.called
            self.called = []
            for call in called { call() }
        }.get()
    }

    /// How often a turn was asked for.
    package func asked() async throws -> Int { try await eventLoop.submit { self.count }.get() }
}
