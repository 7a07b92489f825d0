// What `sluice check` says, with the clock passed in; and the checks that look at this machine.

import Foundation
import Testing

@testable import GatewayServer

@Suite struct ValidityCheckTests {
    static let day: Int64 = 86_400
    static let now: Int64 = 1_763_769_600  // 2025-11-22

    private static func finding(
        from notBefore: Int64, to notAfter: Int64, names: [String] = ["localhost", "127.0.0.1"]
    ) -> CheckFinding {
        ValidityCheck(now: now).finding(subject: "c", names: names, notBefore: notBefore, notAfter: notAfter)
    }

    @Test func valid() {
        let found = Self.finding(from: Self.now - 1, to: Self.now + 90 * Self.day)
        #expect(found.description == "✓ c: matches its key, is for localhost, 127.0.0.1, and expires in 90 days")
    }

    @Test(arguments: [(Int64(14), CheckFinding.Outcome.fine), (13, .doubtful), (0, .doubtful)])
    func renewal(_ days: Int64, _ outcome: CheckFinding.Outcome) {
        #expect(Self.finding(from: Self.now, to: Self.now + days * Self.day).outcome == outcome)
    }

    @Test func expired() {
        let found = Self.finding(from: 0, to: Self.now - 1)
        #expect(found.description == "✗ c: expired on 2025-11-21; renew it")
    }

    @Test func notYetValid() {
        let found = Self.finding(from: Self.now + Self.day, to: Self.now + 2 * Self.day)
        #expect(found.description == "✗ c: is not valid before 2025-11-23; wait, or set this machine's clock")
    }

    @Test func forNobody() {
        #expect(Self.finding(from: Self.now, to: Self.now + 90 * Self.day, names: []).outcome == .wrong)
    }

    @Test(arguments: [
        ([], CheckFinding.Outcome.wrong), ([-1], .wrong), ([90], .fine), ([90, 13], .doubtful), ([90, -1], .doubtful),
    ])
    func authorities(_ ends: [Int64], _ outcome: CheckFinding.Outcome) {
        let authorities = ends.map {
            CertificateWatch.Certificate(name: "CN=a", notBefore: 0, notAfter: Self.now + $0 * Self.day)
        }
        let found = ValidityCheck(now: Self.now).finding(subject: "c", authorities: authorities)
        #expect(found.outcome == outcome, "\(found)")
    }

    @Test func theClock() {
        #expect(ValidityCheck(now: Self.now).clock.description == "✓ clock: is at 2025-11-22")
        #expect(ValidityCheck(now: 0).clock.outcome == .wrong)
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01"), (-1, "1969-12-31"), (951_782_400, "2000-02-29"), (951_868_800, "2000-03-01"),
        (4_107_542_399, "2100-02-28"), (4_107_542_400, "2100-03-01"), (1_735_689_599, "2024-12-31"),
    ]) func dates(_ seconds: Int64, _ text: String) {
        #expect(ValidityCheck.text(seconds) == text)
    }
}

@Suite struct GatewayCheckTests {
    @Test func descriptors() {
        #expect(
            GatewayCheck.descriptors(available: 1024, connections: 50_000).description
                == "! limits.connections 50000: a process may open only 1024 files; raise `ulimit -Hn` (systemd: "
                + "LimitNOFILE), or lower it")
        #expect(GatewayCheck.descriptors(available: 65_536, connections: 50_000).outcome == .fine)
    }

    private static func logFinding(_ path: String) async throws -> CheckFinding? {
        let flags = ["--log-kind=sqlite", "--log-path=\(path)", "--listen-port=0", "--admin-port=0"]
        let findings = await GatewayCheck(configuration: try load(flags: flags), now: ValidityCheckTests.now).run()
        return findings.first { $0.description.contains("log.path") }
    }

    @Test func theLogsFileCanBeMade() async throws {
        let folder = FileManager.default.temporaryDirectory.path
        #expect(try await Self.logFinding(folder + "/none-of-this-name.db")?.outcome == .fine)
        #expect(try await Self.logFinding("none-of-this-name.db")?.outcome == .fine)
    }

    @Test func theLogsFolderIsMissing() async throws {
        let found = try #require(try await Self.logFinding("/nowhere/events.db"))
        #expect(found.outcome == .wrong)
        #expect(found.description.contains("The directory /nowhere for the event log"), "\(found)")
    }

    @Test func aLogInMemoryHasNoFile() async throws {
        let findings = await GatewayCheck(configuration: try load(flags: []), now: ValidityCheckTests.now).run()
        #expect(!findings.contains { $0.description.contains("log.path") })
    }

    @Test func missingFilesAndForeignAddressesAreFound() async throws {
        let configuration = try load(flags: ["--listen-address=203.0.113.1", "--admin-port=0"])
        let findings = await GatewayCheck(configuration: configuration, now: ValidityCheckTests.now).run()
        let wrong = findings.filter { $0.outcome == .wrong }.map(\.subject)
        #expect(wrong == ["tls.certificate server.pem", "auth.keys keys.json", "listen.port 203.0.113.1:8443"])
        #expect(findings.contains { $0.subject == "admin.port 127.0.0.1:0" && $0.outcome == .fine })
        #expect(findings.contains { $0.subject == "configuration" && $0.outcome == .doubtful })
    }

    @Test func secretsThatEveryoneReadsAreDoubtful() async throws {
        let file = try ConfigurationFile("{}")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        let secrets = ["--auth-keys", file.path, "--tls-ticket-keys", file.path]
        let configuration = try load(flags: ["--listen-port=0", "--admin-port=0"] + secrets)
        let findings = await GatewayCheck(configuration: configuration, now: ValidityCheckTests.now).run()
        for key in ["auth.keys", "tls.ticket_keys"] {
            #expect(findings.contains { $0.outcome == .doubtful && $0.subject == "\(key) \(file.path)" })
        }
        #expect(configuration.exposures.map(\.key) == ["tls.ticket_keys", "auth.keys"], "serve says the same")
    }
}
