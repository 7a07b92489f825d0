import NIOCore
import NIOPosix
import Testing

@testable import NATSClient

@Suite struct LoopExecutorTests {
    @Test func aTaskRunsOnTheEventLoopBeforeAndBehindAWait() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = LoopExecutor(loop)
        let places = await Task(executorPreference: executor) {
            let before = loop.inEventLoop
            await withCheckedContinuation { continuation in Task.detached { continuation.resume() } }
            return [before, loop.inEventLoop]
        }.value
        #expect(places == [true, true])
    }
}
