// What is written of a refusal, how often, and what never is.

import GatewayRules
import HTTPServing
import HTTPTypes
import Logging
import NIOCore
import PeerText
import SeededRandom
import Testing

@testable import GatewayServer

@Suite struct LineQuotaTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func whatIsTooMuchIsLeftOutAndCounted() {
        var quota = LineQuota()
        let first = (0..<1000).map { _ in quota.rule(on: "a", at: Self.at(1)) }
        #expect(first.prefix(10).allSatisfy { $0 == .write(leftOut: 0) })
        #expect(first.dropFirst(10).allSatisfy { $0 == .leaveOut })
        let later = [
            quota.rule(on: "b", at: Self.at(2)), quota.rule(on: "a", at: Self.at(11)),
            quota.rule(on: "a", at: Self.at(11)),
        ]
        #expect(later == [.write(leftOut: 0), .write(leftOut: 990), .write(leftOut: 0)])
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func everyLineIsWrittenOrCounted(seed: UInt64) {
        var (quota, random) = (LineQuota(), SeededGenerator(seed: seed))
        var (now, written, told) = (Int64(0), 0, 0)
        for _ in 0..<2000 {
            now += .random(in: 0...1, using: &random) * .random(in: 0...1, using: &random)
            guard case .write(let leftOut) = quota.rule(on: "a", at: Self.at(now)) else { continue }
            written += 1
            told += leftOut
        }
        #expect(written <= Int(now / 10 + 1) * quota.lines)
        var last = LineQuota.Ruling.leaveOut
        last = quota.rule(on: "a", at: Self.at(now + 10))
        guard case .write(let rest) = last else {
            Issue.record("a new window, and no line")
            return
        }
        #expect(written + told + rest == 2000)
    }

    /// One who comes back each second has some of the lines, and leaves others theirs.
    @Test func nobodyHasAllLinesOfAKind() {
        var quota = LineQuota()
        let loud = (0..<1000).map { _ in quota.rule(on: "opened", by: "loud", at: Self.at(0)) }
        #expect(loud.count { $0 != .leaveOut } == 3)
        let others = (0..<1000).map { quota.rule(on: "opened", by: "user-\($0)", at: Self.at(1)) }
        #expect(others.prefix(7).allSatisfy { $0 != .leaveOut } && others.count { $0 != .leaveOut } == 7)
        #expect(others.first == .write(leftOut: 997), "whoever comes next tells of it")
        #expect(quota.rule(on: "opened", by: "loud", at: Self.at(10)) == .write(leftOut: 993))
        var one = LineQuota(lines: 1)
        #expect(one.rule(on: "opened", by: "loud", at: Self.at(0)) == .write(leftOut: 0))
    }

    @Test func kindsThatAreTooManyAreOne() {
        var quota = LineQuota()
        let rulings = (0..<10_000).map { quota.rule(on: "\($0)", at: Self.at(0)) }
        #expect(rulings.count { $0 != .leaveOut } == LineQuota.mostKinds + quota.lines)
    }

    @Test func whatNoLineHasToldOfIsToldWhenItsTimeIsOver() {
        var quota = LineQuota(lines: 1)
        for kind in ["b", "a", "a", "a", "b", "c"] { _ = quota.rule(on: kind, at: Self.at(0)) }
        #expect(quota.takeUntold(at: Self.at(9)).isEmpty)
        let untold = quota.takeUntold(at: Self.at(10))
        #expect(untold.map(\.kind) == ["a", "b"])
        #expect(untold.map(\.leftOut) == [2, 1])
        #expect(quota.takeUntold(at: Self.at(30)).isEmpty, "once")
        #expect(quota.rule(on: "a", at: Self.at(30)) == .write(leftOut: 0))
    }

    @Test func kindsWhoseTimeIsOverMakeRoom() {
        var quota = LineQuota()
        for kind in 0..<1000 { _ = quota.rule(on: "\(kind)", at: Self.at(0)) }
        _ = quota.takeUntold(at: Self.at(10))
        let rulings = (0..<LineQuota.mostKinds).map { quota.rule(on: "other-\($0)", at: Self.at(10)) }
        #expect(rulings.allSatisfy { $0 == .write(leftOut: 0) })
    }
}

@Suite struct LogTextTests {
    @Test(arguments: [
        ("https://app.example:8443", "https://app.example:8443"), ("a\r\nb c", "a\\x0D\\x0Ab\\x20c"),
        ("\u{1B}[2J", "\\x1B[2J"), ("é\u{202E}", "\\xC3\\xA9\\xE2\\x80\\xAE"), ("\\x\"", "\\x5Cx\\x22"), ("", ""),
    ]) func staysOnItsLine(text: String, shown: String) {
        #expect(LogText(text).description == shown)
    }

    @Test func isBounded() {
        #expect(LogText(String(repeating: "a", count: 10_000)).description.utf8.count == LogText.byteLimit + 3)
    }
}

@Suite struct RefusalLogTests {
    private let recent = RecentNotices()

    private func written(_ refusals: [Refusal], level: Logger.Level = .info) -> [Logger.Metadata] {
        let lines = KeptLines()
        let log = RefusalLog(QuotaLog("Refused.", to: lines.logger(level)), recent: recent)
        for refusal in refusals { log.write(refusal) }
        return lines.all.map(\.metadata)
    }

    @Test func aLineSaysWhatWhoAndWhere() throws {
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: "a", path: "/v1/stream?access_token=secret&user=bob",
            headerFields: [.origin: "https://app.example", .authorization: "Bearer secret", .cookie: "secret"])
        let refusal = Refusal(
            "other-user", status: .forbidden, request: request, user: "alice",
            client: ClientAddress("192.0.2.7"[...].utf8))
        #expect(
            written([refusal]) == [
                [
                    "code": "other-user", "status": .stringConvertible(403), "method": "GET", "path": "/v1/stream",
                    "origin": "https://app.example", "user": "alice", "client": "192.0.2.7",
                ]
            ])
    }

    @Test func aTokenInThePathIsNotShown() {
        let token = String(repeating: "eyJhbGciOiJIUzI1NiJ9", count: 5)
        let request = HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/v1/stream/\(token)")
        let refusal = Refusal("path-unknown", status: .notFound, request: request, user: nil, client: nil)
        let path = written([refusal]).first?["path"].map { "\($0)" }
        #expect(path?.utf8.count ?? 99 <= 27)
    }

    @Test func aFloodIsAFewLines() {
        #expect(written((0..<10_000).map { _ in Refusal("token-missing") }).count == LineQuota().lines)
    }

    @Test func aLoggerThatIsToldToBeQuietIs() {
        #expect(written([Refusal("token-missing")], level: .notice).isEmpty)
        #expect(recent.refusals.map(\.details) == [[.init(name: "code", value: "token-missing")]], "and keeps it")
    }
}
