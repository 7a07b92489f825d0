import NIOCore
import Testing

@testable import HTTP2Kit

/// Which clients send too much of what is cheap.
@Suite struct FrameMeterTests {
    private static let limits: HTTP2Limits = {
        var limits = HTTP2Limits()
        (limits.resets, limits.controlFrames, limits.windowUpdates) = (3, 2, 1)
        limits.cancellations = 4
        return limits
    }()
    private static let start = NIODeadline.uptimeNanoseconds(0)

    @Test(arguments: [(FrameMeter.Kind.reset, 3), (.cancellation, 4), (.control, 2), (.windowUpdate, 1)])
    func `each kind has a limit of its own`(kind: FrameMeter.Kind, limit: Int) {
        var meter = FrameMeter(Self.limits, now: Self.start)
        for other in FrameMeter.Kind.allCases where other != kind { _ = meter.count(other, now: Self.start) }
        let answers = (0...limit).map { _ in meter.count(kind, now: Self.start) }
        #expect(answers == Array(repeating: true, count: limit) + [false])
    }

    @Test func `a window's end forgives`() {
        var meter = FrameMeter(Self.limits, now: Self.start)
        for _ in 0..<9 { _ = meter.count(.reset, now: Self.start) }
        let answers = [9, 10].map { meter.count(.reset, now: Self.start + .seconds($0)) }
        #expect(answers == [false, true])
    }

    @Test func `a client that was sent much may credit much`() {
        var meter = FrameMeter(Self.limits, now: Self.start)
        meter.sentData(frames: 5)
        let answers = (0..<22).map { _ in meter.count(.windowUpdate, now: Self.start) }
        #expect(answers == Array(repeating: true, count: 21) + [false])
    }
}
