// What the operator's log has of the dashboard's troubles.

import Testing

@testable import GatewayServer

@Suite struct TroubleLogTests {
    private static let start = ContinuousClock.now

    private static func trouble(_ key: String, _ words: String = "words") -> Trouble {
        Trouble(key: key, weight: .odd, words: words)
    }

    @Test func aTroubleIsOneLineAndItsEndAnother() {
        var log = TroubleLog()
        #expect(log.lines(for: [], at: Self.start) == [])
        let behind = Self.trouble("behind", "200 streams are behind")
        #expect(
            log.lines(for: [behind], at: Self.start)
                == [TroubleLog.Line(trouble: behind, isOver: false, passedOver: 0)])
        #expect(log.lines(for: [Self.trouble("behind", "300 streams are behind")], at: Self.start) == [])
        #expect(
            log.lines(for: [], at: Self.start) == [TroubleLog.Line(trouble: behind, isOver: true, passedOver: 0)])
        #expect(log.lines(for: [], at: Self.start) == [])
    }

    @Test func twoTroublesAreTwoLines() {
        var log = TroubleLog()
        let troubles = [Self.trouble("probe-loop"), Self.trouble("clock")]
        #expect(log.lines(for: troubles, at: Self.start).map(\.trouble) == troubles)
    }

    /// The log's health, certificates, keys and reloads are told of where they are known first.
    @Test func whatHasALineOfItsOwnHasNoSecondOne() {
        var log = TroubleLog()
        let keys = ["probe-log", "probe-canary", "probe-nats", "certificate-server.pem", "reload", "accept"]
        #expect(log.lines(for: keys.map { Self.trouble($0) }, at: Self.start) == [])
    }

    @Test func oneThatComesAndGoesFillsNoLog() {
        var log = TroubleLog()
        var lines: [TroubleLog.Line] = []
        for second in 0..<50 {
            let present = second.isMultiple(of: 2) ? [Self.trouble("gaps")] : []
            lines += log.lines(for: present, at: Self.start + .seconds(second))
        }
        #expect(lines.count == ChangeReporter<Bool>.lineLimit)
        lines += log.lines(for: [Self.trouble("gaps")], at: Self.start + .seconds(120))
        #expect(lines.last?.isOver == false && lines.last?.passedOver ?? 0 > 40)
    }
}
