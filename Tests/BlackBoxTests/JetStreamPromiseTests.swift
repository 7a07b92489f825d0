// Promise: a log on JetStream promises what every log does, with two nodes on one store, with each version of the
// server; and where it promises less, the article on the log says so.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import Synchronization
import Testing

extension Outside {
    @Suite struct JetStreamPromiseTests {
        /// What does not hold, by the row of the article's table that says why.
        private static let weaker: [String: [String]] = [
            "shares of publishers": [
                "who has more than its share does not push out another's new event",
                "a publisher alone fills the log, and pushes out its own",
                "who had the log alone makes room once it is another's, too",
                "a batch is refused whole, its key stays free, and a retry of what is there is not refused",
                "large events count for their bytes",
            ],
            "what is kept, to the byte and to the millisecond": [
                "the oldest go when the bytes are too many, and what is around an event counts",
                "the newest event stays even if it alone is too large",
                "the oldest go when they are too many",
                "the oldest go when they are too old, in a quiet log too, and the newest stays",
                "a log says what a search through everything says",
            ],
            "how many keys are known": [
                "a key is forgotten when its time is over",
                "the oldest key is forgotten when there are too many",
                "a publisher that makes many keys has its own forgotten, and no other's",
                "keys count in bytes, those with long answers more",
            ],
        ]

        private static let promises: [EventLogPromise] = {
            let weaker = Set(Self.weaker.values.joined())
            return EventLogPromise.all.filter { !weaker.contains($0.description) }
        }()

        @Test(arguments: NATSServer.Version.allCases)
        func itKeepsThePromisesOfEveryLog(version: NATSServer.Version) async throws {
            try await Self.hold(Self.promises, version)
        }

        /// With a window of a few events nearly all of them are read from the servers.
        @Test(arguments: NATSServer.Version.allCases)
        func whatItReadsFromTheServersIsWhatASearchFinds(version: NATSServer.Version) async throws {
            let promises = Self.promises.filter { $0.description.hasPrefix("in steps of any size a log gives") }
            try #require(promises.count == 1)
            try await Self.hold(promises, version) { $0.windowBytes = 1000 }
        }

        private static func hold(
            _ promises: [EventLogPromise], _ version: NATSServer.Version,
            change: @escaping @Sendable (inout JetStreamSettings) -> Void = { _ in }
        ) async throws {
            let server = try await NATSServer.start(
                version, #"jetstream { store_dir: "store" }, max_payload: 2mb"#)
            let count = Atomic<Int>(0)
            for promise in promises {
                let opened = Mutex<[LogOnTwoNodes]>([])
                do {
                    try await promise.check { limits, clock in
                        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
                        var settings = JetStreamSettings(stream: "log\(number)", mayCreate: true, limits: limits)
                        settings.eventBytes = 1 << 20
                        change(&settings)
                        let log = try await LogOnTwoNodes(settings, server.url, clock: clock)
                        opened.withLock { $0.append(log) }
                        return LogUnderTest(log) {}
                    }
                } catch {
                    Issue.record("\(promise): \(error)")
                }
                for log in opened.withLock({ $0 }) { await log.close() }
            }
        }

        @Test func whatItPromisesLessStandsInTheArticle() throws {
            let article = try String(
                contentsOfFile: Package.path("Sources/GatewayServer/Documentation.docc/EventLog.md"), encoding: .utf8)
            let known = Set(EventLogPromise.all.map(\.description))
            for (row, promises) in Self.weaker {
                #expect(article.contains("\n| \(row) |"), "\(row)")
                for promise in promises { #expect(known.contains(promise), "\(promise)") }
            }
        }
    }
}
