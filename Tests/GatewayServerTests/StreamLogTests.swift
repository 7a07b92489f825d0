// What the operator's log says of streams, of limits of the whole gateway, and what it keeps for a look at the gateway.

import EventLog
import Logging
import NIOCore
import Synchronization
import Testing

@testable import EventHub
@testable import GatewayServer

@Suite struct StreamLogTests {
    private let lines = KeptLines()
    private let registry = PrometheusRegistry(collectors: [])
    private let recent = RecentNotices()

    private func metrics(lines count: Int = 10) -> ServerMetrics {
        ServerMetrics(registry: registry, logger: lines.logger(), lines: count, recent: recent)
    }

    private static func life(user: String = "alice", number: UInt64 = 7) throws -> StreamLife {
        StreamLife(
            shard: 1, id: StreamID(number: number), interest: Interest(user: user, topics: ["news"]),
            address: "192.0.2.7", httpVersion: .http2, since: WallTime(milliseconds: 0), age: .milliseconds(2500),
            events: 3, lastEventID: LoggedEventID(epoch: try #require(Epoch("abc")), sequence: 42), isBehind: false)
    }

    @Test func aStreamIsALineAtItsOpeningAndOneAtItsEnd() throws {
        let (metrics, life) = (metrics(), try Self.life())
        metrics.streamOpened(life)
        metrics.streamEnded(life, .tokenExpired)
        #expect(lines.all.map(\.message) == ["Stream opened.", "Stream ended."])
        #expect(lines.all.allSatisfy { $0.level == .info && $0["stream"] == life.name && $0["user"] == "alice" })
        #expect(lines.all[0]["client"] == "192.0.2.7")
        #expect(lines.all[0]["http"] == "2")
        let ended = lines.all[1]
        #expect(ended["reason"] == "token-expired")
        #expect(ended["seconds"] == "2.5")
        #expect(ended["events"] == "3")
        #expect(ended["last_id"] == "abc-42")
    }

    /// Two lines for each of ten thousand would fill a disk. What is left out is counted, and told when there is time.
    @Test func aStormOfReconnectsIsAFewLines() throws {
        let metrics = metrics(lines: 5)
        for number in 0..<10_000 {
            metrics.streamOpened(try Self.life(number: UInt64(number)))
            metrics.streamEnded(try Self.life(number: UInt64(number)), .clientClosed)
        }
        // However long that took: its lines are told or counted.
        #expect(lines.all.count < 1000)
        let text = registry.render()
        #expect(text.contains("sluice_log_lines_dropped_total \(20_000 - lines.all.count)\n"), "\(lines.all.count)")
    }

    @Test func aQuotaSaysWhatItHasLeftOut() {
        let log = QuotaLog("Stream ended.", to: lines.logger(), lines: 1)
        for _ in 0..<4 { log.write("client-closed") { [:] } }
        #expect(lines.all.count == 1)
        log.tellLeftOut(at: .now() + .seconds(3600))
        #expect(lines.all.map(\.message) == ["Stream ended.", "Lines were left out."])
        #expect(lines.all[1]["of"] == "Stream ended.")
        #expect(lines.all[1]["reason"] == "client-closed")
        #expect(lines.all[1]["left_out"] == "3")
    }

    @Test func aNameCannotWriteALineOfItsOwn() throws {
        metrics().streamOpened(try Self.life(user: "a\n2026 notice sluice : Listening. \u{1B}[2J"))
        #expect(lines.all[0]["user"]?.contains("\n") == false)
        #expect(lines.all[0]["user"]?.contains("\u{1B}") == false)
    }

    @Test func aLimitThatIsReachedIsTold() {
        let metrics = metrics()
        for _ in 0..<3 { metrics.refused("streams-limit") }
        metrics.refused("streams-per-user")
        let told = lines.all.filter { $0.level == .notice }
        #expect(told.map(\.message) == ["A limit is reached."])
        #expect(told.first?["limit"] == "limits.streams")
    }
}

@Suite struct LimitWatchTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func eachChangeOfALimitIsNewsOnce() {
        var watch = LimitWatch()
        #expect(watch.reached("held-full", at: Self.at(0)) == "limits.held")
        #expect(watch.reached("held-full", at: Self.at(20)) == nil)
        #expect(watch.reached("token-missing", at: Self.at(20)) == nil, "no limit of the gateway")
        #expect(watch.takeOver(at: Self.at(40)) == [])
        #expect(watch.takeOver(at: Self.at(50)) == ["limits.held"])
        #expect(watch.takeOver(at: Self.at(90)) == [])
        #expect(watch.reached("held-full", at: Self.at(91)) == "limits.held")
    }
}

@Suite struct RecentNoticesTests {
    @Test func stateChangesAreKeptWhateverTheLevelOfTheLog() {
        let (recent, lines) = (RecentNotices(), KeptLines())
        let logger = recent.keeping(lines.logger(.error))
        logger.info("Refused.")
        logger.notice("Draining.", metadata: ["streams": "3", "window": "5 s"])
        logger.error("The event log takes no events: publishers get 503.")
        #expect(lines.all.map(\.message) == ["The event log takes no events: publishers get 503."])
        #expect(recent.changes.map(\.level) == [.notice, .error])
        #expect(recent.changes.first?.message == "Draining.")
        #expect(recent.changes.first?.details.map(\.name) == ["streams", "window"])
        #expect(recent.changes.map(\.number) == [1, 2])
    }

    @Test func bothListsAreBoundedAndAFloodPushesNothingOut() {
        let recent = RecentNotices()
        recent.refused("origin-not-allowed") { ["code": "origin-not-allowed"] }
        for _ in 0..<10_000 { recent.refused("token-missing") { ["code": "token-missing"] } }
        #expect(recent.refusals.first?.details.first?.value == "origin-not-allowed")
        for number in 0..<1000 { recent.changed(.notice, "Reloaded.", ["number": "\(number)"]) }
        #expect(recent.changes.count == RecentNotices.limit)
        #expect(recent.changes.last?.details.first?.value == "999")
        #expect(recent.refusals.count <= RecentNotices.limit)
    }
}

@Suite struct JSONLogTests {
    private static func line(
        _ message: Logger.Message, _ metadata: Logger.Metadata, level: Logger.Level = .notice
    ) -> String {
        let kept = KeptBytes()
        let logger = Logger(label: "sluice") { label in
            JSONLogHandler(label: label, clock: { WallTime(milliseconds: 1_795_733_401_005) }, write: kept.append)
        }
        logger.log(level: level, message, metadata: metadata)
        return String(decoding: kept.bytes, as: UTF8.self)
    }

    @Test func aLineIsOneObject() {
        #expect(
            Self.line(
                "Stream ended.", ["user": "alice", "events": .stringConvertible(3), "seconds": .stringConvertible(2.5)])
                == #"{"time":"2026-11-26T22:50:01.005Z","level":"notice","logger":"sluice","message":"Stream ended.","#
                + #""events":3,"seconds":2.5,"user":"alice"}"# + "\n")
    }

    @Test(arguments: [Int64(364), Int32(364), UInt16(364)] as [any BinaryInteger & CustomStringConvertible & Sendable])
    func aNumberIsOne(_ days: any BinaryInteger & CustomStringConvertible & Sendable) {
        #expect(Self.line("a", ["days_left": .stringConvertible(days)]).hasSuffix(#""days_left":364}"# + "\n"))
    }

    @Test func whatIsInAValueStaysInIt() {
        let line = Self.line("a", ["b": "\"}\n{\"level\":\"critical\u{1}", "level": "mine", "list": ["x", "y"]])
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(line.hasSuffix(#""b":"\"}\n{\"level\":\"critical\u0001","level_":"mine","list":["x","y"]}"# + "\n"))
    }
}

/// Bytes in memory.
private final class KeptBytes: Sendable {
    private let kept = Mutex<[UInt8]>([])
    var bytes: [UInt8] { kept.withLock { $0 } }
    @Sendable func append(_ bytes: [UInt8]) { kept.withLock { $0 += bytes } }
}
