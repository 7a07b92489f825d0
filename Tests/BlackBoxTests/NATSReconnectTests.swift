// Promise: a server that is killed, hangs or is about to stop costs NATSClient a connection, and no subscription; what
// was under way is told as unknown, and what waited is sent.

import Foundation
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct NATSReconnectTests {
        @Test(arguments: NATSServer.Version.allCases)
        func aServerThatWasKilledIsComeBackTo(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version)
            let (publisher, subscriber) = (
                try await NATSCaller.started(server.url), try await NATSCaller.started(server.url)
            )
            let subscription = try await subscriber.client.subscribe(try SubjectFilter("a"))
            try await subscriber.client.flush()
            try await publisher.publish("1", to: "a")
            #expect(try await subscription.texts(1) == ["1"])
            server.kill()
            try await eventually("both have noticed") {
                [publisher, subscriber].allSatisfy { caller in
                    caller.events.contains { event in
                        if case .disconnected = event { true } else { false }
                    }
                }
            }
            let answered = Task {
                try await publisher.client.request(Publication(to: try Subject("nobody")), timeout: .seconds(60))
            }
            try await server.start()
            try await eventually("both are back") { publisher.connections == 2 && subscriber.connections == 2 }
            // What waited for a connection was sent on it.
            await #expect(throws: NATSError.self) { try await answered.value }
            try await subscriber.client.flush()
            try await publisher.publish("2", to: "a")
            var iterator = subscription.makeAsyncIterator()
            #expect(try await iterator.next() == .missed(.connection))
            #expect(try await subscription.texts(1) == ["2"])
            await publisher.client.shutdown()
            await subscriber.client.shutdown()
        }

        /// Each publish is told what has become of it, once; what has arrived by the client's word has.
        @Test(arguments: NATSServer.Version.allCases)
        func eachPublishIsToldItsOutcome(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version)
            let publisher = try await NATSCaller.started(server.url)
            let outcomes = try await withThrowingTaskGroup(of: NATSError.Code?.self) { tasks in
                for number in 0..<3000 {
                    if number == 1500 { server.kill() }
                    tasks.addTask {
                        do throws(NATSError) {
                            try await publisher.client.publish(
                                Publication(.init(string: "\(number)"), to: try Subject("a")))
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                try await server.start()
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count == 3000)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == .outcomeUnknown })
            await publisher.client.shutdown()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aServerThatHangsIsLeft(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version)
            let caller = try await NATSCaller.started(server.url) { configuration in
                configuration.connection.pingInterval = .milliseconds(300)
                configuration.connection.loginTime = .seconds(1)
            }
            server.send(SIGSTOP)
            try await eventually("it is left") {
                caller.events.contains { event in
                    if case .disconnected(_, let error, _) = event { error.code == .timeout } else { false }
                }
            }
            server.send(SIGCONT)
            try await eventually("it is back, and answers") { (try? await caller.client.flush()) != nil }
            #expect(caller.connections >= 2)
            await caller.client.shutdown()
        }

        /// Two servers that know of each other: the client is given one, and finds the other.
        @Test(arguments: NATSServer.Version.allCases)
        func aLameDuckIsLeftForAnotherServer(version: NATSServer.Version) async throws {
            let ports = try freePorts(4)
            let lame = "lame_duck_grace_period: \"100ms\"\nlame_duck_duration: \"30s\"\n"
            func cluster(_ own: Int, _ other: Int) -> String {
                lame + "cluster { name: c, listen: \"127.0.0.1:\(own)\", routes: [\"nats://127.0.0.1:\(other)\"] }"
            }
            async let first = NATSServer.start(version, cluster(ports[2], ports[3]), port: ports[0])
            async let second = NATSServer.start(version, cluster(ports[3], ports[2]), port: ports[1])
            let (one, two) = (try await first, try await second)
            let caller = try await NATSCaller.started(one.url)
            try await eventually("the other server is known", otherwise: { "\(caller.events) \(one.log)" }) {
                caller.events.contains(.discovered(1))
            }
            one.send(SIGUSR2)
            try await eventually("it is with the other server", otherwise: { "\(caller.events)" }) {
                let address = try ServerAddress(two.url)
                return caller.events.contains { event in
                    if case .connected(let server, _, _) = event { server.port == address.port } else { false }
                }
            }
            let address = try ServerAddress(one.url)
            #expect(caller.events.contains(.lameDuck(address)))
            try await caller.client.flush()
            await caller.client.shutdown()
        }

        @Test func withoutAServerTheStartFails() async throws {
            let caller = try NATSCaller("nats://127.0.0.1:\(try freePorts(1)[0])")
            await expect(.network) { () async throws(NATSError) in try await caller.client.start() }
        }
    }
}
