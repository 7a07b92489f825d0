import Foundation
import GatewayServer
import Testing

@testable import sluice

/// Clocks that go apart.
@Suite struct ClockRuleTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let then: Int64 = 784_111_777
    private let rule = ClockRule()

    @Test func `dates of HTTP are read`() {
        #expect(ClockRule.seconds(Self.date) == Self.then)
        #expect(ClockRule.seconds("06 Nov 94") == nil)
        #expect(ClockRule.seconds("") == nil)
    }

    @Test(arguments: [
        (Int64(0), CheckFinding.Outcome.fine), (5, .fine), (-5, .fine), (6, .doubtful), (-30, .doubtful), (31, .wrong),
        (-3600, .wrong),
    ])
    func `how far they may be apart`(_ ahead: Int64, _ outcome: CheckFinding.Outcome) {
        let finding = rule.finding(date: Self.date, now: Self.then - ahead)
        #expect(finding.outcome == outcome)
        guard outcome != .fine else { return }
        #expect(finding.detail.contains("\(abs(ahead)) s \(ahead > 0 ? "ahead of" : "behind")"), "\(finding)")
    }

    @Test(arguments: [nil, "yesterday"])
    func `without a date nothing is compared`(_ date: String?) {
        #expect(rule.finding(date: date, now: 0).outcome == .doubtful)
    }

    private func decoded(_ claims: String) -> ClockRule.Times? {
        let middle = Data(claims.utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
            .replacing("/", with: "_")
        return ClockRule.Times(token: "e30.\(middle).c2ln")
    }

    @Test(arguments: [
        (Int64(-10), Int64(300), CheckFinding.Outcome.fine), (-10, 30, .doubtful), (-10, 0, .wrong),
        (-100, -10, .wrong),
        (30, 300, .fine), (31, 300, .wrong),
    ])
    func `a token's times`(_ issued: Int64, _ ends: Int64, _ outcome: CheckFinding.Outcome) throws {
        let times = try #require(decoded(#"{"iat":\#(Self.then + issued),"exp":\#(Self.then + ends),"sub":"ä~?>"}"#))
        #expect(rule.finding(times, date: Self.date, now: 0).outcome == outcome)
        #expect(rule.finding(times, date: nil, now: Self.then).outcome == outcome)
    }

    @Test(arguments: ["", "a.b", "a.b.c", "a.!.c", "e30.e30.c"])
    func `what is no token`(_ text: String) {
        let finding = rule.finding(ClockRule.Times(token: text), date: Self.date, now: Self.then)
        #expect(finding.outcome == .wrong)
        #expect(finding.detail.contains("no JWT"))
    }
}
