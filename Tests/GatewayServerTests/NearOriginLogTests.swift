import Logging
import Synchronization
import Testing

@testable import GatewayRules
@testable import GatewayServer

/// What an operator reads of pages that are refused by a slip.
@Suite struct NearOriginLogTests {
    @Test func `each pair is told once, and a stranger can't fill the log`() throws {
        let lines = Lines()
        let log = NearOriginLog(logger: Logger(label: "test") { _ in LineHandler(lines: lines) })
        let list = [try Origin("https://localhost:3000")]
        for _ in 1...3 {
            for port in 4000..<4100 { log.note(try #require(NearOrigin("http://localhost:\(port)", in: list))) }
        }
        #expect(lines.all.count == NearOriginLog.limit)
        #expect(lines.all.first == "http://localhost:4000 https://localhost:3000")
    }
}

/// The metadata of each line that was logged.
private final class Lines: Sendable {
    private let kept = Mutex<[String]>([])

    var all: [String] { kept.withLock(\.self) }

    func add(_ metadata: Logger.Metadata?) {
        let text = ["origin", "allowed"].map { "\(metadata?[$0] ?? "")" }.joined(separator: " ")
        kept.withLock { $0.append(text) }
    }
}

private struct LineHandler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add(event.metadata) }
}
