// When a change of a state is a line: rules as values, time passed in.

import Testing

@testable import GatewayServer

@Suite struct ChangeReporterTests {
    private typealias Line = ChangeReporter<String>.Line
    private static let start = ContinuousClock.now

    private static func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func eachChangeIsOneLine() {
        var reporter = ChangeReporter("ok")
        #expect(reporter.line(for: "ok", at: Self.at(0)) == nil)
        #expect(reporter.line(for: "full", at: Self.at(1)) == Line(state: "full", passedOver: 0))
        #expect(reporter.line(for: "full", at: Self.at(2)) == nil)
        #expect(reporter.line(for: "moved", at: Self.at(3)) == Line(state: "moved", passedOver: 0))
        #expect(reporter.line(for: "ok", at: Self.at(4)) == Line(state: "ok", passedOver: 0))
    }

    @Test func aStateThatFlapsFillsNoLogAndItsLastChangeIsTold() {
        var reporter = ChangeReporter("ok")
        var lines: [Line] = []
        for step in 0..<1001 {
            let state = step.isMultiple(of: 2) ? "full" : "ok"
            if let line = reporter.line(for: state, at: Self.at(Double(step) / 100)) { lines.append(line) }
        }
        #expect(lines.count == ChangeReporter<String>.lineLimit)
        #expect(lines.last?.state == "ok")
        #expect(reporter.line(for: "full", at: Self.at(59)) == nil, "it is still the first minute")
        let last = Line(state: "full", passedOver: 1001 - ChangeReporter<String>.lineLimit - 1)
        #expect(
            reporter.line(for: "full", at: Self.at(61)) == last, "told when there is room for a line, without a change")
        #expect(reporter.line(for: "full", at: Self.at(62)) == nil)
    }

    @Test func aChangeThatWasUndoneBeforeItCouldBeToldIsNoLine() {
        var reporter = ChangeReporter("ok")
        for step in 0..<ChangeReporter<String>.lineLimit {
            _ = reporter.line(for: step.isMultiple(of: 2) ? "full" : "ok", at: Self.at(Double(step)))
        }
        #expect(reporter.line(for: "full", at: Self.at(10)) == nil)
        #expect(reporter.line(for: "ok", at: Self.at(11)) == nil)
        #expect(reporter.line(for: "ok", at: Self.at(120)) == nil)
        #expect(reporter.line(for: "full", at: Self.at(121)) == Line(state: "full", passedOver: 2))
    }
}
