import NIOCore
import Testing

@testable import GatewayClient

@Suite struct SilenceWatchTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func `silence up to the timeout is quiet, from then on it is death`() {
        let watch = SilenceWatch(timeout: .seconds(60), now: start)
        #expect(watch.check(now: start + .seconds(59)) == .checkAgain(at: start + .seconds(60)))
        #expect(watch.check(now: start + .seconds(60)) == .dead)
    }

    @Test func `every byte starts the time again`() {
        var watch = SilenceWatch(timeout: .seconds(60), now: start)
        watch.heard(now: start + .seconds(50))
        #expect(watch.check(now: start + .seconds(60)) == .checkAgain(at: start + .seconds(110)))
        #expect(watch.check(now: start + .seconds(110)) == .dead)
    }

    @Test func `while we do not read, silence proves nothing`() {
        var watch = SilenceWatch(timeout: .seconds(60), now: start)
        watch.paused()
        #expect(watch.check(now: start + .seconds(500)) == .checkAgain(at: start + .seconds(560)))
        watch.resumed(now: start + .seconds(510))
        #expect(watch.check(now: start + .seconds(560)) == .checkAgain(at: start + .seconds(570)))
    }
}
