// Rates, quantiles and their window.

import NIOCore
import Testing

@testable import GatewayServer

@Suite struct SnapshotRateTests {
    private let events = MetricSelection("events")

    @Test func aRateIsWhatCameInASecond() {
        let rates = SnapshotRates(now: reading(at: 5, ["events": 60]), before: reading(at: 0, ["events": 10]))
        #expect(rates.figure(.rate, of: events) == 10)
        #expect(rates.figure(.value, of: events) == 60)
    }

    @Test func whatIsNotKnownIsNoFigure() {
        let first = SnapshotRates(now: reading(at: 5, ["events": 60]), before: nil)
        #expect(first.figure(.rate, of: events) == nil && first.figure(.value, of: events) == 60)
        #expect(first.figure(.value, of: MetricSelection("other")) == nil)
        let reset = SnapshotRates(now: reading(at: 5, ["events": 1]), before: reading(at: 0, ["events": 10]))
        #expect(reset.figure(.rate, of: events) == nil, "a counter that began anew")
        let noTime = SnapshotRates(now: reading(at: 0, ["events": 1]), before: reading(at: 0, ["events": 0]))
        #expect(noTime.figure(.rate, of: events) == nil)
    }

    @Test func labelsChooseAndDivide() {
        let samples: [(labels: [(String, String)], value: Double)] = [
            (labels: [("reason", "late")], value: 30), (labels: [("reason", "full")], value: 5),
        ]
        let rates = SnapshotRates(
            now: reading(at: 10, ["events": samples]),
            before: reading(at: 0, ["events": [(labels: [("reason", "late")], value: 10)]]))
        #expect(rates.figure(.value, of: MetricSelection("events", (name: "reason", value: "full"))) == 5)
        #expect(rates.figure(.value, of: events) == 35)
        // A reason that was not there before has counted from zero.
        #expect(rates.figures(.rate, of: events, by: "reason") == ["late": 2, "full": 0.5])
    }

    @Test func aQuantileIsOfWhatCameMeanwhile() {
        let rates = SnapshotRates(
            now: histogram(at: 5, "events", [1000, 1000, 1010, 1010]),
            before: histogram(at: 0, "events", [1000, 1000, 1000, 1000]))
        #expect(rates.figure(.quantile(0.5), of: events) == 0.55)
        #expect(rates.figures(.quantile(0.5), of: events, by: "loop") == ["0": 0.55])
        let first = SnapshotRates(now: histogram(at: 5, "events", [1, 1, 1, 1]), before: nil)
        #expect(first.figure(.quantile(0.5), of: events) == nil)
    }

    @Test func theWindowIsFiveSecondsHoweverOftenOneReads() {
        var window = ReadingWindow()
        for second in 0...100 {
            let rates = window.add(reading(at: Double(second), ["events": Double(second * second)]))
            // The mean of a square's growth over five seconds.
            if second >= 5 { #expect(rates.figure(.rate, of: events) == Double(2 * second - 5)) }
            #expect(window.count <= 8)
        }
        var seldom = ReadingWindow()
        for second in stride(from: 0, through: 100, by: 5) {
            let rates = seldom.add(reading(at: Double(second), ["events": Double(second * 3)]))
            if second > 0 { #expect(rates.figure(.rate, of: events) == 3) }
            #expect(seldom.count <= 2)
        }
    }

    @Test func aPlotByLabelShowsItsLargest() {
        let samples = (1...20).map { (labels: [("reason", "r\($0)")], value: Double($0)) }
        let plot = DashboardPlot(
            id: "x", title: "X", unit: .count, lines: .each(.value, events, label: "reason", prefix: "no "))
        let values = plot.values(in: SnapshotRates(now: reading(at: 0, ["events": samples]), before: nil))
        #expect(
            values == .each(Dictionary(uniqueKeysWithValues: (15...20).map { ("no r\($0)", Double($0)) })))
    }
}
