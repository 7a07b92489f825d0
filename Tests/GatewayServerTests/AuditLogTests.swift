// What the audit writes of who published what for whom.

import Dispatch
import EventLog
import GatewayRules
import Logging
import Testing

@testable import GatewayServer

@Suite struct AuditLogTests {
    private static func request(of audiences: [Audience], by publisher: String = "orders") throws -> PublishedRequest {
        let epoch = try #require(Epoch("abc"))
        let events = audiences.enumerated().map { number, audience in
            let id = LoggedEventID(epoch: epoch, sequence: Position(number + 1))
            return PublishedRequest.Event(audience: audience, receipt: Receipt(id: id, streams: 2))
        }
        return PublishedRequest(publisher: publisher, client: nil, request: nil, events: events)
    }

    /// A few events for many users take up as much as many for one.
    @Test func whatFindsTooManyBytesBeforeItIsWrittenAtOnceByWhoeverComes() async throws {
        let (lines, thread, gate) = (KeptLines(), LineThread(), DispatchSemaphore(value: 0))
        #expect(LineThread.mostBytes == 4 << 20, "the article says so")
        #expect(thread.run(0) { gate.wait() })
        let log = AuditLog(logger: lines.logger(), on: thread)
        let users = (0..<1000).map { String(repeating: "u", count: 250) + "\($0)" }
        let request = try Self.request(of: [.users(users)])
        var waiting = 0
        while lines.all.isEmpty, waiting < 100 {
            log.note(request)
            waiting += 1
        }
        #expect((4...20).contains(waiting), "each has 250 KB of names")
        log.note(try Self.request(of: [.everyone]))
        #expect(lines.all.count == 1, "what is small still has room")
        gate.signal()
        await thread.end()
        #expect(lines.all.count == waiting + 1)
    }

    @Test func whatHasBeenWrittenMakesRoom() async throws {
        let (thread, gate) = (LineThread(), DispatchSemaphore(value: 0))
        #expect(thread.run(LineThread.mostBytes - 1000) { gate.wait() })
        #expect(!thread.run(1000) {})
        gate.signal()
        await withCheckedContinuation { done in
            guard !thread.run(0, { done.resume() }) else { return }
            Issue.record("a small one has no room")
            done.resume()
        }
        #expect(thread.run(LineThread.mostBytes - 1000) {})
        await thread.end()
    }

    /// - Returns: the lines about one event for each audience.
    private static func lines(
        _ audiences: [Audience], by publisher: String = "orders", isRepeat: Bool = false
    ) async throws -> [Logger.Metadata] {
        let (lines, thread) = (KeptLines(), LineThread())
        let log = AuditLog(logger: lines.logger(), on: thread)
        let epoch = try #require(Epoch("abc"))
        for (number, audience) in audiences.enumerated() {
            let receipt = Receipt(id: LoggedEventID(epoch: epoch, sequence: Position(number + 1)), streams: 2)
            log.note(
                PublishedRequest(
                    publisher: publisher, client: nil, request: nil, isRepeat: isRepeat,
                    events: [.init(audience: audience, receipt: receipt)]))
        }
        await thread.end()
        return lines.all.map(\.metadata)
    }

    @Test func eachEventHasALineInOrder() async throws {
        let audiences = (0..<2000).map { Audience.user("u\($0)") }
        let lines = try await Self.lines(audiences)
        #expect(lines.map { $0["to"] } == (0..<2000).map { "u\($0)" })
        #expect(lines[6]["id"] == "abc-7" && "\(lines[6]["streams"] ?? "")" == "2" && lines[6]["repeat"] == nil)
    }

    @Test func aRequestThatCameAgainSaysSo() async throws {
        #expect(try await Self.lines([.everyone], isRepeat: true).first?["repeat"] == "true")
    }

    @Test func aTokenInANamesPlaceIsNotWritten() async throws {
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
        let lines = try await Self.lines([.user(token), .topic(token), .users([token, "bob"])], by: token)
        #expect(lines.count == 3 && !"\(lines)".contains("eyJ"))
        #expect(lines[2]["to"] == .array(["(looks like a token)", "bob"]))
    }

    @Test func aLineNamesSomeOfManyAndCountsThem() async throws {
        let line = try await Self.lines([.users((0..<1000).map { "user\($0)" })]).first
        let names = (0..<AuditLog.mostNames).map { Logger.MetadataValue.string("user\($0)") }
        #expect(line?["to"] == .array(names) && "\(line?["users"] ?? "")" == "1000")
    }
}
