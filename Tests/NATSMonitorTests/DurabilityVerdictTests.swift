// What the words of several servers come to.

import Testing

@testable import NATSMonitor

@Suite struct DurabilityVerdictTests {
    private static func server(_ number: Int, of size: Int = 3, always: Bool? = true) -> ServerReport {
        var report = ServerReport()
        report.serverID = "N\(number)"
        report.name = "n\(number)"
        report.version = ServerVersion("2.15.1")
        report.hasJetStream = true
        report.syncsAlways = always
        report.syncSeconds = always == true ? 0 : 120
        report.clusterSize = size
        (report.isClustered, report.hasJoined) = (size > 1, size > 1)
        return report
    }

    private static func verdict(_ answers: [Result<ServerReport, MonitorError>]) throws -> DurabilityVerdict {
        let urls = try answers.indices.map { try MonitorURL("http://127.0.0.1:\(8221 + $0)") }
        return DurabilityVerdict(Dictionary(uniqueKeysWithValues: zip(urls, answers)), in: urls)
    }

    @Test func threeThatSyncAlwaysAreFull() throws {
        let verdict = try Self.verdict([1, 2, 3].map { .success(Self.server($0)) })
        #expect(verdict.isFull && verdict.warnings.isEmpty && verdict.serverIDs == ["N1", "N2", "N3"])
    }

    /// One that does not is enough: it may be among those that acknowledge.
    @Test(arguments: [false, nil] as [Bool?]) func oneThatDoesNotRefutesIt(_ always: Bool?) throws {
        let verdict = try Self.verdict([
            .success(Self.server(1)), .success(Self.server(2, always: always)), .success(Self.server(3)),
        ])
        #expect(!verdict.isFull && verdict.refutations.count == 1)
        let first = try #require(verdict.refutations.first)
        #expect(first.hasPrefix("the NATS server n2 (http://127.0.0.1:8222, 2.15.1) "), "\(first)")
        #expect(verdict.warnings.count == 1)
        #expect(verdict.warnings.first?.contains("#7564") == true, "with the reason, in public")
    }

    @Test func oneThatDoesNotAnswerLeavesItOpen() throws {
        let verdict = try Self.verdict([
            .success(Self.server(1)), .success(Self.server(2)), .failure(MonitorError("gone")),
        ])
        #expect(!verdict.isFull && verdict.refutations.isEmpty && verdict.unasked == ["gone"])
    }

    @Test func aServerThatNobodyNamedRefutesIt() throws {
        let verdict = try Self.verdict([.success(Self.server(1)), .success(Self.server(2))])
        #expect(verdict.refutations.count == 1)
        #expect(verdict.refutations.first?.contains("has 3 servers") == true, "\(verdict.refutations)")
    }

    /// What another cluster's servers say is not about the log.
    @Test func aConnectionToAnotherServerRefutesIt() throws {
        var verdict = try Self.verdict([1, 2, 3].map { .success(Self.server($0)) })
        for own in ["N2", ""] {
            verdict.hold(connectionTo: own)
            #expect(verdict.isFull && verdict.warnings.isEmpty)
        }
        verdict.hold(connectionTo: "N4")
        #expect(!verdict.isFull && verdict.refutations.count == 1 && verdict.warnings.count == 1)
        var open = try Self.verdict([
            .success(Self.server(1)), .success(Self.server(2)), .failure(MonitorError("gone")),
        ])
        open.hold(connectionTo: "N3")
        #expect(open.refutations.isEmpty, "it may be the one that does not answer")
    }

    @Test func twoURLsOfOneServerAreTold() throws {
        let verdict = try Self.verdict([1, 2, 3, 3].map { .success(Self.server($0)) })
        #expect(verdict.isFull && verdict.warnings.count == 1)
    }

    @Test func serversThatAreNoClusterRefuteIt() throws {
        let verdict = try Self.verdict([1, 2].map { .success(Self.server($0, of: 1)) })
        #expect(verdict.refutations.contains { $0.contains("no cluster") }, "\(verdict.refutations)")
    }

    @Test func oneAloneMayBeFull() throws {
        #expect(try Self.verdict([.success(Self.server(1, of: 1))]).isFull)
    }

    @Test func noneIsNot() throws { #expect(try !Self.verdict([]).isFull) }

    /// NATS turns JetStream off where the disk is full. Such a server acknowledges nothing, so it is like one that is
    /// away: the others' word holds.
    @Test func aServerWithoutJetStreamLeavesItOpen() throws {
        var bare = Self.server(1)
        (bare.hasJetStream, bare.syncsAlways) = (false, nil)
        let verdict = try Self.verdict([.success(bare), .success(Self.server(2)), .success(Self.server(3))])
        #expect(!verdict.isFull && verdict.refutations.isEmpty && verdict.warnings.isEmpty)
        #expect(verdict.serverIDs == ["N2", "N3"])
        let reason = try #require(verdict.unasked.first)
        #expect(reason.contains("n1") && reason.contains("no JetStream"), "\(reason)")
    }

    /// So it is for a moment at its start, and while NATS turns JetStream off.
    @Test func aServerThatHasNotFoundItsClusterLeavesItOpen() throws {
        var starting = Self.server(1)
        (starting.hasJoined, starting.clusterSize) = (false, 1)
        let verdict = try Self.verdict([.success(starting), .success(Self.server(2)), .success(Self.server(3))])
        #expect(!verdict.isFull && verdict.refutations.isEmpty && verdict.serverIDs == ["N2", "N3"])
        let reason = try #require(verdict.unasked.first)
        #expect(reason.contains("n1") && reason.contains("starting"), "\(reason)")
    }

    /// One that stands alone acknowledges by itself.
    @Test func oneThatStandsAloneBesideAClusterRefutesIt() throws {
        let verdict = try Self.verdict([
            .success(Self.server(1, of: 1)), .success(Self.server(2)), .success(Self.server(3)),
        ])
        #expect(verdict.refutations.contains { $0.contains("no cluster") }, "\(verdict.refutations)")
    }

    @Test func anOldServerIsNamed() throws {
        var old = Self.server(2)
        old.version = ServerVersion("2.10.22")
        let verdict = try Self.verdict([.success(Self.server(1)), .success(old), .success(Self.server(3))])
        #expect(verdict.warnings.contains { $0.contains("n2") && $0.contains("#6888") }, "\(verdict.warnings)")
    }
}
