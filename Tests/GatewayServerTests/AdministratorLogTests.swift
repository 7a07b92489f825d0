// What is written of an administrator, and what never is.

import EventLog
import GatewayRules
import Logging
import PeerText
import Synchronization
import Testing

@testable import GatewayServer

@Suite struct AdministratorLogTests {
    /// Keeps what is logged.
    private final class Lines: Sendable {
        let all = Mutex<[(Logger.Level, Logger.Metadata)]>([])
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.all.withLock { $0.append((event.level, event.metadata ?? [:])) } }
    }

    private static func line(
        _ deed: AdministratorAct.Deed, _ result: AdministratorAct.Result = .ended(streams: 3), by name: String = "root"
    ) -> Logger.Metadata? {
        let lines = Lines()
        let log = AdministratorLog(logger: Logger(label: "test") { _ in Handler(lines: lines) })
        log.note(
            AdministratorAct(
                administrator: name, client: ClientAddress("192.0.2.7"[...].utf8), deed: deed, result: result))
        let all = lines.all.withLock { $0 }
        #expect(all.count == 1 && all.first?.0 == .info)
        return all.first?.1
    }

    @Test func `a line says who, from where, what, whom and how many`() {
        let who: Logger.Metadata = ["administrator": "root", "client": "192.0.2.7"]
        func expect(_ line: Logger.Metadata?, _ more: Logger.Metadata) {
            #expect(line == who.merging(more) { $1 })
        }
        expect(
            Self.line(.revoke(.user("alice"), issuedBefore: 7)),
            ["act": "revoke", "sub": "alice", "issued_before": "7", "streams_ended": "3"])
        expect(
            Self.line(.revoke(.token("7c9e"), issuedBefore: nil)),
            ["act": "revoke", "jti": "7c9e", "streams_ended": "3"])
        expect(
            Self.line(.revoke(.everyone, issuedBefore: 7), .failed(code: "revocations-limit")),
            ["act": "revoke", "everyone": "true", "issued_before": "7", "failed": "revocations-limit"])
        expect(
            Self.line(.kick(user: "alice", stream: nil, isRetryable: true)),
            ["act": "kick", "user": "alice", "retryable": "true", "streams_ended": "3"])
    }

    @Test func `names stay on their line, whole`() {
        let name = String(repeating: "a", count: 255)
        let line = Self.line(.kick(user: name + "\n", stream: nil, isRetryable: false), by: "r\u{1B}[2J")
        #expect(line?["user"] == "\(name)\\x0A")
        #expect(line?["administrator"] == "r\\x1B[2J")
    }

    @Test func `a token in the place of a name is not shown`() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
        for line in [
            Self.line(.revoke(.token(token), issuedBefore: nil)), Self.line(.revoke(.user(token), issuedBefore: 1)),
            Self.line(.kick(user: token, stream: nil, isRetryable: false)),
        ] { #expect(line.map { "\($0)" }?.contains("eyJzdWIi") == false) }
    }
}
