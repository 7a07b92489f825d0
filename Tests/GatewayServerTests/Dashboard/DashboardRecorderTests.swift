// What dashboards are told of a while, and that it is bounded.

import EventLog
import Foundation
import NIOCore
import Testing

@testable import GatewayServer

@Suite struct DashboardRecorderTests {
    private static let probes = TroubleFinder.Probes()

    @Test(arguments: [1, 5]) func theHistoryIsAQuarterOfAnHour(interval: Int) {
        var recorder = DashboardRecorder()
        for second in stride(from: 0, to: 2000, by: interval) {
            recorder.take(reading(at: Double(second), ["sluice_streams": Double(second)]), Self.probes)
        }
        let points = recorder.history.points
        #expect(points.count == PlotHistory.limit)
        let times = points.map(\.time.milliseconds)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 == 5000 })
        #expect(recorder.snapshot?.figures.streams == Double(2000 - interval))
    }

    @Test func aTroubleKeepsItsBeginningAndIsRememberedWhenItIsOver() throws {
        var recorder = DashboardRecorder()
        let standing = TroubleFinder.Probes(faults: ["event loop 1 has not turned for 2 s"])
        recorder.take(reading(at: 0, ["sluice_streams": 1]), Self.probes)
        #expect(recorder.snapshot?.present.isEmpty == true)
        recorder.take(reading(at: 10, ["sluice_streams": 1]), standing)
        recorder.take(reading(at: 20, ["sluice_streams": 1]), standing)
        let entry = try #require(recorder.snapshot?.present.first)
        #expect(entry.trouble.words == "Event loop 1 has not turned for 2 s" && entry.trouble.weight == .broken)
        #expect(entry.since.milliseconds == 1_800_000_010_000)
        recorder.take(reading(at: 30, ["sluice_streams": 1]), Self.probes)
        #expect(recorder.snapshot?.present.isEmpty == true)
        #expect(recorder.snapshot?.past.map(\.until?.milliseconds) == [1_800_000_030_000])
    }

    @Test func whatIsOverIsForgottenInTime() {
        var book = TroubleBook()
        for second in 0..<100 {
            let trouble = Trouble(key: "\(second)", weight: .odd, words: "")
            book.look([trouble], at: WallTime(milliseconds: Int64(second)))
        }
        #expect(book.past.count == TroubleBook.mostPast)
        #expect(book.past.first?.trouble.key == "98" && book.present.map(\.trouble.key) == ["99"])
    }

    @Test func theHeaviestTroubleComesFirst() {
        var book = TroubleBook()
        let (odd, broken) = (Trouble(key: "a", weight: .odd, words: ""), Trouble(key: "b", weight: .broken, words: ""))
        book.look([odd], at: WallTime(milliseconds: 1))
        book.look([odd, broken], at: WallTime(milliseconds: 2))
        #expect(book.present.map(\.trouble.key) == ["b", "a"])
    }

    // MARK: What is wrong

    private static func words(
        _ metrics: [String: Double], before: [String: Double]? = nil, _ probes: TroubleFinder.Probes = probes
    ) -> [String] {
        let rates = SnapshotRates(now: reading(at: 5, metrics), before: before.map { reading(at: 0, $0) })
        return TroubleFinder(rates: rates, probes: probes).troubles.map(\.words)
    }

    @Test func nothingIsWrongWithAGatewayThatIsWell() {
        let metrics = ["sluice_streams": 1000.0, "sluice_streams_behind": 9, "sluice_gaps_total": 5]
        #expect(Self.words(metrics, before: metrics) == [])
    }

    @Test func readersThatLagAreNamed() {
        #expect(
            Self.words(["sluice_streams": 100, "sluice_streams_behind": 10, "sluice_streams_delayed": 1])
                == [
                    "1 stream is told that this gateway is cut off from its event log",
                    "10 streams are behind, reading the log",
                ])
        #expect(
            Self.words(["sluice_gaps_total": 6], before: ["sluice_gaps_total": 5])
                == ["Streams are told that they miss events"])
    }

    @Test(arguments: [
        (-1.0, "The certificate server.pem has expired"), (1.5, "The certificate server.pem ends in 1 day"),
        (13.5, "The certificate server.pem ends in 13 days"), (14.5, nil),
    ])
    func aCertificateThatEndsIsNamedByItsFile(days: Double, expected: String?) {
        let now = reading(at: 5, [String: Double]()).time.milliseconds
        let end = Double(now) / 1000 + days * 86_400
        let metrics = [
            "sluice_tls_certificate_not_after_seconds": [
                (labels: [("certificate", "/etc/sluice/server.pem")], value: end)
            ]
        ]
        let rates = SnapshotRates(now: reading(at: 5, metrics), before: nil)
        #expect(TroubleFinder(rates: rates, probes: Self.probes).troubles.map(\.words) == [expected].compactMap(\.self))
    }

    @Test func whatTheProbesSayIsSaidOnce() {
        let probes = TroubleFinder.Probes(
            deadly: ["event loop 0 has not turned for 10 s"],
            faults: ["event loop 0 has not turned for 2 s", "log-full"], refusedReload: ["keys.json: no JSON"])
        #expect(
            Self.words([:], probes)
                == [
                    "Event loop 0 has not turned for 10 s",
                    "Nobody can publish: the event log takes no events (log-full)",
                    "The last reload was refused: keys.json: no JSON",
                ])
    }

    @Test func slowTurnsAreNamedWithTheirTime() {
        let metric = "sluice_loop_lag_seconds"
        let rates = SnapshotRates(
            now: histogram(at: 5, metric, [0, 0, 100, 100]), before: histogram(at: 0, metric, [0, 0, 0, 0]))
        #expect(
            TroubleFinder(rates: rates, probes: Self.probes).troubles.map(\.words)
                == ["An event loop turns slowly: p99 is 1.0 s"])
    }

    @Test(arguments: [
        (3600, "The machine's clock has jumped forward by 3600 s"),
        (-3600, "The machine's clock has jumped back by 3600 s"), (4, nil),
    ])
    func aClockThatWasSetIsNamed(seconds: Int64, expected: String?) {
        let before = reading(at: 0, [String: Double]())
        let time = WallTime(milliseconds: before.time.milliseconds + (5 + seconds) * 1000)
        let set = MetricReading([], keeping: [], at: before.at + .seconds(5), time: time)
        let rates = SnapshotRates(now: set, before: before)
        #expect(TroubleFinder(rates: rates, probes: Self.probes).troubles.map(\.words) == [expected].compactMap(\.self))
    }

    // MARK: JSON

    @Test(arguments: [
        (0, "0"), (12, "12"), (123_456, "123456"), (0.25, "0.25"), (1.0 / 3, "0.3333"), (12.3456, "12.35"),
        (-0.5, "-0.5"), (99_999.5, "100000"), (1e-12, "1e-12"), (.nan, "null"), (.infinity, "null"),
    ])
    func aNumberHasFourDigits(value: Double, expected: String) { #expect(DashboardJSON.number(value) == expected) }

    @Test func whatIsSentIsJSON() throws {
        var recorder = DashboardRecorder()
        for second in [0.0, 5, 10] {
            let metrics: [String: [(labels: [(String, String)], value: Double)]] = [
                "sluice_streams": [(labels: [], value: 7)],
                "sluice_refusals_total": [(labels: [("reason", "\"<b>\\\n")], value: second)],
                "sluice_build_info": [(labels: [("version", "1.2.3")], value: 1)],
            ]
            recorder.take(reading(at: second, metrics), TroubleFinder.Probes(faults: ["\"draining\""]))
        }
        let snapshot = try #require(recorder.snapshot)
        for bytes in [
            DashboardJSON.plots(recorder.plots), DashboardJSON.past(recorder.history), DashboardJSON.now(snapshot),
        ] {
            _ = try JSONSerialization.jsonObject(with: Data(bytes))
        }
        let text = String(decoding: DashboardJSON.now(snapshot), as: UTF8.self)
        #expect(text.hasPrefix(#"{"t":1800000010000,"v":[[7],[null],[null,null,null],"#), "\(text)")
        #expect(text.contains(#"{"\"<b>\\\n":1}"#), "\(text)")
        #expect(text.contains(#""version":"1.2.3""#), "\(text)")
    }
}
