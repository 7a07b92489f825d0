// The dashboard's stream over a connection in memory: what pages get, how many there may be, and who is refused.

import EventLog
import HTTPServing
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayServer

@Suite struct DashboardStreamTests {
    private let loop = EmbeddedEventLoop()
    private let health = Health()
    private let registry = PrometheusRegistry(collectors: [])
    private let recent = RecentNotices(clock: { WallTime(milliseconds: 1_800_000_000_000) })
    private let dashboard: Dashboard
    private let pipeline: HTTPPipeline

    private struct Uncounted: HTTPMetrics {
        func refused(_ reason: String) {}
    }

    init() {
        let time = WallTime(milliseconds: 1_800_000_000_000)
        let (registry, health, recent) = (registry, health, recent)
        registry.gauge("sluice_streams").set(Int64(12))
        dashboard = Dashboard(
            Dashboard.Sources(
                metrics: { registry.families() }, probes: { TroubleFinder.Probes(faults: health.faults(for: nil)) },
                recent: recent, time: { time }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }),
            limit: 2, on: loop)
        pipeline = HTTPPipeline(
            judge: AdminJudge(
                hosts: AdminHosts([]), health: health, reloads: ReloadRecord(process: 1), dashboard: dashboard,
                metrics: { "" }),
            times: AdminListener.times, headBytes: 4096, metrics: Uncounted(), date: DateField { time })
        health.phase = .ready
    }

    private func ask(
        _ path: String = "/dashboard/events", _ fields: String = "Host: localhost"
    ) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        try pipeline.addHTTP1(to: channel.pipeline.syncOperations, peer: Peer())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try channel.writeInbound(ByteBuffer(string: "GET \(path) HTTP/1.1\r\n\(fields)\r\n\r\n"))
        return channel
    }

    private func text(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    private func end(_ channels: EmbeddedChannel...) {
        for channel in channels { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    @Test func aPageGetsThePlotsThePastAndASnapshotEachSecond() throws {
        dashboard.start()
        loop.advanceTime(by: .seconds(11))
        let channel = try ask()
        let first = try text(channel)
        #expect(first.hasPrefix("HTTP/1.1 200 OK\r\n") && first.contains("text/event-stream"), "\(first)")
        for part in ["retry: 2000\nevent: plots\ndata: [{", "event: past\ndata: [{\"t\":", "event: now\ndata: {\"t\":"]
        {
            #expect(first.contains(part), "\(part)")
        }
        for _ in 1...3 {
            loop.advanceTime(by: .seconds(1))
            #expect(try text(channel).contains("event: now\n"))
        }
        end(channel)
    }

    @Test func oneSnapshotIsForAll() throws {
        let (one, other) = (try ask(), try ask())
        _ = (try text(one), try text(other))
        dashboard.tick()
        let (first, second) = (try text(one), try text(other))
        #expect(first.contains("\"v\":[[12],") && first == second)
        end(one, other)
    }

    @Test func whatTheLogSaysIsToldOnce() throws {
        recent.changed(.notice, "Reloaded.", ["files": "2"])
        let channel = try ask()
        #expect(
            try text(channel).contains(
                #"{"n":1,"t":1800000000000,"level":"notice","words":"Reloaded.","details":[{"name":"files","value":"2"}]}"#
            ))
        dashboard.tick()
        recent.refused("token-missing") { ["code": "token-missing", "path": "/v1/stream"] }
        _ = try text(channel)
        dashboard.tick()
        let told = try text(channel)
        #expect(told.contains("event: notices\n") && told.contains(#""changes":[],"refusals":[{"n":2,"#), "\(told)")
        dashboard.tick()
        #expect(try !text(channel).contains("event: notices\n"))
        end(channel)
    }

    @Test func thereIsABoundAndAPlaceBecomesFree() throws {
        let (one, other, third) = (try ask(), try ask(), try ask())
        #expect(try text(third).hasPrefix("HTTP/1.1 503 Service Unavailable"))
        #expect(dashboard.count == 2)
        end(one)
        #expect(dashboard.count == 1, "the client has gone")
        let fourth = try ask()
        #expect(try text(fourth).hasPrefix("HTTP/1.1 200 OK"))
        end(other, third, fourth)
        #expect(dashboard.count == 0)
    }

    @Test func whoDoesNotReadMissesSnapshotsAndIsEndedInTime() throws {
        let channel = try ask()
        _ = try text(channel)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        dashboard.start()
        loop.advanceTime(by: .seconds(29))
        #expect(try text(channel) == "" && dashboard.count == 1)
        loop.advanceTime(by: .seconds(2))
        #expect(dashboard.count == 0)
        end(channel)
    }

    @Test func aConnectionThatEndsByAWriteIsNoTrouble() throws {
        let channel = try ask()
        _ = try text(channel)
        channel.close(promise: nil)
        dashboard.tick()
        #expect(dashboard.count == 0)
    }

    @Test func theEndIsSaid() throws {
        let channel = try ask()
        _ = try text(channel)
        dashboard.endAll()
        #expect(try text(channel).contains("event: end\ndata: {}\n\n\r\n0\r\n\r\n"))
        #expect(dashboard.count == 0 && !dashboard.hasRoom)
        end(channel)
    }

    @Test(arguments: [
        ("Host: localhost\r\nOrigin: http://evil.example", "403"), ("Host: evil.example", "421"),
        ("Host: localhost:8444\r\nOrigin: http://localhost:8444", "200"),
        ("Host: localhost\r\nOrigin: null", "403"), ("Host: 127.0.0.1", "200"),
    ])
    func onlyItsOwnPageMayFollowIt(fields: String, status: String) throws {
        let channel = try ask("/dashboard/events", fields)
        #expect(try text(channel).hasPrefix("HTTP/1.1 \(status) "))
        end(channel)
    }

    @Test(arguments: ["/dashboard", "/dashboard/style.css", "/dashboard/dashboard.js", "/dashboard/plot.js"])
    func eachFileIsHeldToItsOwn(path: String) throws {
        let channel = try ask(path)
        let answer = try text(channel).lowercased()
        #expect(answer.hasPrefix("http/1.1 200 ok\r\n"))
        #expect(answer.contains("content-security-policy: default-src 'none'; script-src 'self';"))
        #expect(answer.contains("cross-origin-resource-policy: same-origin\r\n"))
        end(channel)
    }

    @Test(arguments: ["/dashboard/", "/dashboard/other.js", "/dashboardx", "/dashboard/events/"])
    func nothingElseIsThere(path: String) throws {
        let channel = try ask(path)
        #expect(try text(channel).hasPrefix("HTTP/1.1 404 "))
        end(channel)
    }
}
