import GatewayClient
import GatewayServer
import Testing

@testable import sluice

/// What a handshake says, in words.
@Suite struct CertificateRuleTests {
    private static let now: Int64 = 1_763_769_600

    private func rule(_ authorities: String? = nil) throws -> CertificateRule {
        CertificateRule(url: try GatewayURL("https://events.example:8443"), authorities: authorities, now: Self.now)
    }

    private func facts(days: Int64 = 90, _ name: String? = "h2") -> HandshakeFacts {
        HandshakeFacts(applicationProtocol: name, hostNames: ["events.example"], notAfter: Self.now + days * 86_400)
    }

    @Test func `a good one`() throws {
        #expect(
            try rule().finding(facts()).description
                == "✓ certificate of events.example:8443: comes from an authority that this system trusts, is for "
                + "events.example, and expires in 90 days")
        #expect(try rule("ca.pem").finding(facts()).detail.contains("an authority in ca.pem"))
    }

    @Test(arguments: [(Int64(14), CheckFinding.Outcome.fine), (13, .doubtful), (0, .doubtful)])
    func `one that ends soon is to be renewed`(_ days: Int64, _ outcome: CheckFinding.Outcome) throws {
        #expect(try rule().finding(facts(days: days)).outcome == outcome)
    }

    @Test(arguments: [
        (CertificateTrouble.otherName, "other names than events.example"), (.expired, "renew it"),
        (.notYetValid, "clock"), (.untrusted, "--ca"), (.other("odd"), "odd"),
    ])
    func `a bad one is explained`(_ trouble: CertificateTrouble, _ word: String) throws {
        let finding = try rule().finding(trouble)
        #expect(finding.outcome == .wrong)
        #expect(finding.detail.contains(word))
    }

    @Test(arguments: ["http/1.1", nil])
    func `without HTTP/2 six connections are all`(_ name: String?) throws {
        let finding = try rule().protocolFinding(facts(name))
        #expect(finding.outcome == .doubtful)
        #expect(finding.detail.contains("six connections"))
        #expect(try rule().protocolFinding(facts("h2")).outcome == .fine)
    }
}
