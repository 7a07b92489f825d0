import GatewayServer
import Testing

@testable import sluice

/// One log or several behind an address.
@Suite struct EventLogRuleTests {
    private static func beginning(_ epoch: String) -> String {
        ": welcome\nretry: 3000\nid: \(epoch)-17\nevent: sluice.open\ndata: {\"stream\":\"0-1\"}\n\n"
    }

    @Test func `streams of one log`() {
        let finding = EventLogRule().finding([Self.beginning("k3xq7abc"), Self.beginning("k3xq7abc")])
        #expect(finding.description == "✓ event log: is one: 2 streams begin in k3xq7abc")
    }

    @Test func `streams of two logs`() {
        let finding = EventLogRule().finding([
            "", Self.beginning("bbbb"), Self.beginning("aaaa"), Self.beginning("bbbb"),
        ])
        #expect(finding.outcome == .wrong)
        #expect(finding.detail.hasPrefix("is 2 behind one address (aaaa, bbbb): "))
    }

    @Test func `no stream that says where it begins`() {
        #expect(EventLogRule().finding(["", "data: x\n\n", "id: a-1\ndata: x\n\n"]).outcome == .doubtful)
    }

    @Test func `a block that is not complete says nothing yet`() {
        let text = Self.beginning("aaaa")
        #expect(EventLogRule.hasBegun(text))
        #expect(!EventLogRule.hasBegun(String(text.dropLast())))
    }
}
