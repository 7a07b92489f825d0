// Promise: what NATSClient publishes arrives once and in order, requests are answered or told that nobody listens, and
// draining loses nothing, with each version of the server.

import Foundation
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct NATSMessageTests {
        /// A server, a client that publishes and one that listens. At the end nobody is connected.
        private func run(
            _ version: NATSServer.Version, _ configuration: String = "",
            _ body: (_ publisher: NATSCaller, _ subscriber: NATSCaller, NATSServer) async throws -> Void
        ) async throws {
            let server = try await NATSServer.start(version, configuration)
            let (publisher, subscriber) = (
                try await NATSCaller.started(server.url), try await NATSCaller.started(server.url)
            )
            try await body(publisher, subscriber, server)
            await publisher.client.shutdown()
            await subscriber.client.shutdown()
            #expect(publisher.connections == 1 && subscriber.connections == 1)
            for event in publisher.events + subscriber.events {
                if case .disconnected = event { Issue.record("\(event)") }
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func whatIsPublishedArrivesInOrder(version: NATSServer.Version) async throws {
            try await run(version) { publisher, subscriber, _ in
                let subscription = try await subscriber.client.subscribe(try SubjectFilter("a.*"))
                try await subscriber.client.flush()
                let texts = (0..<2000).map { "\($0) " + String(repeating: "x", count: $0 % 700) }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { for text in texts { try await publisher.publish(text, to: "a.b") } }
                    #expect(try await subscription.texts(texts.count) == texts)
                    try await tasks.waitForAll()
                }
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func headersArrive(version: NATSServer.Version) async throws {
            try await run(version) { publisher, subscriber, _ in
                let subscription = try await subscriber.client.subscribe(try SubjectFilter("a"))
                try await subscriber.client.flush()
                var headers = Headers()
                try headers.add("Nats-Msg-Id", "7")
                try headers.add("Much", String(repeating: "ä", count: 3000))
                try await publisher.client.publish(Publication(to: try Subject("a"), headers: headers))
                var iterator = subscription.makeAsyncIterator()
                guard case .message(let message)? = try await iterator.next() else {
                    Issue.record("no message")
                    return
                }
                #expect(try message.headers() == headers)
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aQueueGroupSharesItsMessages(version: NATSServer.Version) async throws {
            try await run(version) { publisher, subscriber, _ in
                let group = try QueueGroup("workers")
                let filter = try SubjectFilter("a")
                let one = try await subscriber.client.subscribe(filter, queue: group)
                let two = try await subscriber.client.subscribe(filter, queue: group)
                try await subscriber.client.flush()
                for number in 0..<100 { try await publisher.publish("\(number)", to: "a") }
                async let drained: Void = subscriber.client.drain()
                let texts = try await one.texts(101) + two.texts(101)
                try await drained
                #expect(Set(texts) == Set((0..<100).map(String.init)) && texts.count == 100)
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func requestsAreAnswered(version: NATSServer.Version) async throws {
            try await run(version) { asker, answerer, _ in
                let subscription = try await answerer.client.subscribe(try SubjectFilter("double"))
                try await answerer.client.flush()
                let answering = Task {
                    for try await case .message(let message) in subscription {
                        guard let reply = message.reply else { continue }
                        let text = String(buffer: message.payload)
                        answerer.client.publish(Publication(.init(string: text + text), to: reply)) { _ in }
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for number in 0..<200 {
                        tasks.addTask {
                            let question = Publication(.init(string: "\(number)"), to: try Subject("double"))
                            let answer = try await asker.client.request(question)
                            #expect(String(buffer: answer.payload) == "\(number)\(number)")
                        }
                    }
                    try await tasks.waitForAll()
                }
                subscription.unsubscribe()
                try await answering.value
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func nobodyListensIsToldAtOnce(version: NATSServer.Version) async throws {
            try await run(version) { asker, _, _ in
                await expect(.noResponders) { () async throws(NATSError) in
                    _ = try await asker.client.request(Publication(to: try Subject("nobody")), timeout: .seconds(60))
                }
            }
        }

        /// The server would end the connection, with all that is under way on it.
        @Test(arguments: NATSServer.Version.allCases)
        func aMessageLargerThanTheServersIsRefusedHere(version: NATSServer.Version) async throws {
            try await run(version, "max_payload: 1000") { publisher, _, _ in
                let large = String(repeating: "x", count: 1000)
                try await publisher.publish(large, to: "a")
                await expect(.tooLarge) { () async throws(NATSError) in
                    try await publisher.client.publish(
                        Publication(.init(string: large + "x"), to: try Subject("a")))
                }
                try await publisher.client.flush()
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aSlowConsumerIsToldHowMuchItMisses(version: NATSServer.Version) async throws {
            try await run(version) { publisher, subscriber, _ in
                var limits = SubscriptionLimits()
                limits.messages = 10
                let subscription = try await subscriber.client.subscribe(try SubjectFilter("a"), limits: limits)
                try await subscriber.client.flush()
                for number in 0..<100 { try await publisher.publish("\(number)", to: "a") }
                async let drained: Void = subscription.drain()
                try await subscriber.client.flush()
                #expect(try await subscription.texts(10) == (0..<10).map(String.init))
                var iterator = subscription.makeAsyncIterator()
                #expect(try await iterator.next() == .missed(.slowConsumer(messages: 90)))
                #expect(try await iterator.next() == nil)
                try await drained
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func drainingLosesNothing(version: NATSServer.Version) async throws {
            try await run(version) { publisher, subscriber, _ in
                let subscription = try await subscriber.client.subscribe(try SubjectFilter("a"))
                try await subscriber.client.flush()
                for number in 0..<2000 {
                    publisher.client.publish(Publication(.init(string: "\(number)"), to: try Subject("a"))) { result in
                        if case .failure(let error) = result { Issue.record("\(error)") }
                    }
                }
                try await publisher.client.drain()
                async let drained: Void = subscriber.client.drain()
                #expect(try await subscription.texts(2001) == (0..<2000).map(String.init))
                try await drained
                await expect(.closed) { () async throws(NATSError) in try await subscriber.client.flush() }
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func whatIsNotAllowedIsTold(version: NATSServer.Version) async throws {
            let permissions = "{ publish: \"open.>\", subscribe: [\"open.>\", \"_INBOX.>\"] }"
            try await run(
                version,
                "authorization { default_permissions: \(permissions), users: [{user: u, password: p}] }\nno_auth_user: u"
            ) {
                publisher, subscriber, _ in
                try await publisher.publish("1", to: "open.a")
                await expect(.refused) { () async throws(NATSError) in
                    try await publisher.client.publish(Publication(to: try Subject("shut")))
                }
                await expect(.refused) { () async throws(NATSError) in
                    var iterator = try await subscriber.client.subscribe(try SubjectFilter("shut")).makeAsyncIterator()
                    _ = try await iterator.next()
                }
            }
        }
    }
}

/// Holds something to fail with a code.
func expect(
    _ code: NATSError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws(NATSError) -> Void
) async {
    do {
        try await body()
        Issue.record("it did not fail with \(code)", sourceLocation: sourceLocation)
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}
