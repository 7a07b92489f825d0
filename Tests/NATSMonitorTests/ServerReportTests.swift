// What servers say of themselves, in the words of nats-server 2.9.10 and 2.15.1.

import Testing

@testable import NATSMonitor

@Suite struct ServerReportTests {
    static func url(_ port: Int = 8222) throws -> MonitorURL { try MonitorURL("http://127.0.0.1:\(port)") }

    private static func read(_ varz: String, _ jsz: String = "{}") throws -> ServerReport {
        var report = try ServerReport(varz: Array(varz.utf8), at: url())
        try report.take(jsz: Array(jsz.utf8), at: url())
        return report
    }

    private static let today = #"""
        {"server_id":"NBVO","server_name":"s1","version":"2.15.1","cluster":{"urls":["127.0.0.1:1"]},"jetstream":{"config":
        {"max_memory":18957376512,"store_dir":"/js","sync_interval":120000000000,"sync_always":true,"strict":true},
        "stats":{"accounts":1,"reserved_memory":18446744073709551615},"limits":{"default_max_consumers":1000}}}
        """#

    @Test func aServerThatSyncsAlwaysSaysSo() throws {
        let report = try Self.read(Self.today, #"{"meta_cluster":{"name":"c","leader":"n2","cluster_size":3}}"#)
        #expect(report.serverID == "NBVO" && report.name == "s1" && report.version == ServerVersion("2.15.1"))
        #expect(report.hasJetStream && report.syncsAlways == true)
        #expect(report.isClustered && report.hasJoined && report.clusterSize == 3)
        let starting = try Self.read(Self.today)
        #expect(starting.isClustered && !starting.hasJoined)
    }

    @Test func oneThatSyncsNowAndThenHasNoSuchMember() throws {
        let jetStream = #"{"config":{"sync_interval":120000000000}}"#
        let varz = #"{"server_id":"N","version":"2.15.1","cluster":{},"jetstream":\#(jetStream)}"#
        let report = try Self.read(varz)
        #expect(report.syncsAlways == false && report.syncSeconds == 120 && !report.isClustered)
    }

    @Test func anOldOneSaysNothingOfIt() throws {
        let varz = #"{"server_id":"N","version":"2.9.10","jetstream":{"config":{"store_dir":"/js"},"stats":{}}}"#
        let report = try Self.read(varz)
        #expect(report.hasJetStream && report.syncsAlways == nil)
    }

    @Test func oneWithoutJetStreamHasNone() throws {
        #expect(try !Self.read(#"{"server_id":"N","version":"2.15.1","jetstream":{}}"#).hasJetStream)
    }

    @Test(arguments: [
        "", "[]", "{}", "not JSON", #"{"server_id":""}"#, #"{"server_id":1}"#, #"{"server_id":"a","server_id":"b"}"#,
        #"{"server_id":"a","jetstream":{"config":{"sync_always":1}}}"#, #"{"server_id":"a"}{"#,
    ])
    func whatIsNoServersAnswerIsRefused(_ varz: String) {
        #expect(throws: MonitorError.self) { try Self.read(varz) }
    }

    @Test func clientsAreListedByTheirNames() throws {
        let connz = #"{"num_connections":2,"connections":[{"cid":5,"name":"sluice/a/1","lang":"swift"},{"cid":6}]}"#
        #expect(try ClientNames(connz: Array(connz.utf8), at: Self.url()).names == ["sluice/a/1"])
        #expect(throws: MonitorError.self) { try ClientNames(connz: [], at: Self.url()) }
    }

    @Test(
        arguments: [
            ("2.9.10", ["#6888"]), ("2.10.22", ["#6888"]), ("2.10.23", ["2.11"]), ("2.11.0-RC.1", ["#6929", "#7549"]),
            ("2.11.3", ["#6929", "#7549"]), ("2.11.4", ["#7545"]), ("2.12.0", ["#7549", "#7842"]),
            ("2.12.1", ["#7549", "#7842"]), ("2.12.2", ["#7842"]), ("2.12.4", ["#7842"]), ("2.12.5", []),
            ("2.15.1", []),
            ("3", []), ("", ["#6888"]), ("x", ["#6888"]),
        ] as [(String, [String])])
    func whatIsKnownOfAVersionIsSaid(_ text: String, _ reasons: [String]) {
        let reproaches = ServerVersion(text).reproaches
        #expect(reproaches.count == reasons.count && zip(reproaches, reasons).allSatisfy { $0.contains($1) })
    }

    @Test func versionsHaveAnOrder() {
        let ordered = ["", "2.9.10", "2.10.0", "2.10.23", "2.11.0", "10.0.0"].map { ServerVersion($0) }
        #expect(ordered == ordered.shuffled().sorted())
        #expect(ServerVersion("2.15.1-beta").description == "2.15.1" && ServerVersion().description == "unknown")
    }
}
