// Promise: revocations and sessions reach every node of a log on JetStream, in order with events, and outlive nodes and
// servers.

import EventLog
import EventLogPromises
import Foundation
import JetStreamEventLog
import NATSClient
import NIOCore
import Synchronization
import Testing

extension Outside {
    @Suite struct JetStreamStateTests {
        private static var now: WallTime { WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

        private static func revocation(_ user: String) -> Revocation {
            Revocation(.user(user), issuedBefore: now.milliseconds / 1000, madeAt: now)
        }

        private static func server(_ version: NATSServer.Version) async throws -> NATSServer {
            try await NATSServer.start(version, "jetstream { store_dir: \"store\" }")
        }

        @Test(arguments: NATSServer.Version.allCases)
        func theyReachTheOtherNodeInOrderWithEvents(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let (one, two) = (try await LogNode.open(server.url), try await LogNode.open(server.url))
            let session = KeptSession.numbered(7, until: Self.now.adding(seconds: 600))
            var expected = ["epoch 0"]
            for round in 1...5 {
                try await one.publish(["before \(round)"])
                try await one.log.revoke(Self.revocation("user \(round)"))
                #expect(one.told.all.last == "revoked user \(round)", "told before it is answered")
                try await one.publish(["between \(round)"])
                try await one.log.record(.signIn("alice", keeping: session, inPlaceOf: []))
                try await one.log.record(.signOut([session.name]))
                try await one.publish(["after \(round)"])
                expected += [
                    "before \(round)", "revoked user \(round)", "between \(round)", "kept alice", "forgotten 1",
                    "after \(round)",
                ]
            }
            try await eventually("the other has all", otherwise: { "\(two.told.all)" }) {
                two.told.all.count == expected.count
            }
            #expect(one.told.all == expected)
            #expect(two.told.all == expected)
            for node in [one, two] { await node.close() }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func theyOutliveNodesAndServers(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let first = try await LogNode.open(server.url)
            let session = KeptSession.numbered(7, until: Self.now.adding(seconds: 600))
            let gone = KeptSession.numbered(8, of: "bob", until: Self.now.adding(seconds: 600))
            for one in [session, gone] {
                try await first.log.record(.signIn(one.user, keeping: one, inPlaceOf: []))
            }
            try await first.log.record(.signOut([gone.name]))
            try await first.log.revoke(Self.revocation("mallory"))
            try await first.publish(["event"])
            await first.close()
            server.send(SIGTERM)
            try await eventually("it has ended") { server.log.contains("Server Exiting") }
            try await server.start()
            let second = try await LogNode.open(server.url)
            #expect(second.told.all == ["epoch \(second.log.head)", "revoked mallory", "kept alice"])
            #expect(try await second.texts(after: 0) == ["event"])
            await second.close()
        }

        /// Nothing of them is kept: who opens later has no streams that they could mean.
        @Test(arguments: NATSServer.Version.allCases)
        func ordersToEndStreamsReachAllNodesInOrderWithEvents(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let nodes = [try await LogNode.open(server.url), try await LogNode.open(server.url)]
            var expected = ["epoch 0"]
            for round in 1...5 {
                try await nodes[0].publish(["before \(round)"])
                let order = Disconnection(
                    number: 1, user: "user \(round)", stream: nil, node: nil, isRetryable: false, asker: "a")
                try await withCheckedContinuation { continuation in
                    nodes[round % 2].log.disconnect(order) { continuation.resume(returning: $0) }
                }.get()
                try await nodes[0].publish(["after \(round)"])
                expected += ["before \(round)", "disconnected user \(round)", "after \(round)"]
            }
            for node in nodes {
                try await eventually("it has all", otherwise: { "\(node.told.all)" }) { node.told.all == expected }
            }
            let later = try await LogNode.open(server.url)
            #expect(later.told.all == ["epoch \(later.log.head)"])
            for node in nodes + [later] { await node.close() }
        }

        /// As orders to end streams are: a replay has none of them, and who opens later hears of none.
        @Test(arguments: NATSServer.Version.allCases)
        func sessionsThatGoOnReachAllNodesInOrderWithEventsAndSignOuts(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let nodes = [try await LogNode.open(server.url), try await LogNode.open(server.url)]
            var expected = ["epoch 0"]
            for round in 1...5 {
                let node = nodes[round % 2]
                try await nodes[0].publish(["before \(round)"])
                let renewal = SessionRenewal(
                    user: "user \(round)", session: "00ff", content: [UInt8](repeating: 0xff, count: 16 << 10))
                let order = Disconnection(
                    number: 1, user: renewal.user, session: renewal.session, isRetryable: false, asker: "")
                try await withCheckedContinuation { continuation in
                    node.log.renew(renewal) { continuation.resume(returning: $0) }
                }.get()
                try await withCheckedContinuation { continuation in
                    node.log.disconnect(order) { continuation.resume(returning: $0) }
                }.get()
                try await nodes[0].publish(["after \(round)"])
                expected += [
                    "before \(round)", "renewed \(renewal.user)", "disconnected \(renewal.user)", "after \(round)",
                ]
            }
            for node in nodes {
                try await eventually("it has all", otherwise: { "\(node.told.all)" }) { node.told.all == expected }
            }
            #expect(try await nodes[1].texts(after: 0).count == 10, "a replay has the events alone")
            let later = try await LogNode.open(server.url)
            #expect(later.told.all == ["epoch \(later.log.head)"], "nothing of it is kept")
            for node in nodes + [later] { await node.close() }
        }

        private static func session(_ number: UInt8, of signIn: UInt8, until end: WallTime) throws -> KeptSession {
            let name = try #require(KeptSession.Name(digest: [UInt8](repeating: number, count: 32)))
            return KeptSession(name: name, user: "alice", session: "sign-in \(signIn)", endsAt: end, content: [number])
        }

        /// One node goes on with a sign-in while the other ends it: both come to the same, and so does a third.
        @Test func aSignOutBesideASignInIsTheSameAtAllNodes() async throws {
            let server = try await Self.server(.current)
            let nodes = [try await LogNode.open(server.url), try await LogNode.open(server.url)]
            let end = Self.now.adding(seconds: 600)
            for round in 0..<10 as Range<UInt8> {
                let (old, new) = try (
                    Self.session(2 * round, of: round, until: end), Self.session(2 * round + 1, of: round, until: end)
                )
                try await nodes[0].log.record(.signIn("alice", keeping: old, inPlaceOf: []))
                async let out: Void = nodes[0].log.record(.signOut([old.name]))
                async let on: Void = nodes[1].log.record(.signIn("alice", keeping: new, inPlaceOf: [old.name]))
                _ = try await (out, on)
            }
            let later = try await LogNode.open(server.url)
            for node in nodes {
                try await eventually("it knows the same", otherwise: { "\(node.told.all), \(later.told.all)" }) {
                    node.told.sessions == later.told.sessions
                }
            }
            for node in nodes + [later] { await node.close() }
        }

        /// A node that is cut off hears of them when it is back, before the events behind them.
        @Test(arguments: NATSServer.Version.allCases)
        func aNodeThatWasCutOffHearsOfThemInTheirOrder(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let relay = try NATSRelay(to: server)
            try await relay.open()
            let (cut, other) = (try await LogNode.open(relay.url), try await LogNode.open(server.url))
            relay.cut()
            try await other.publish(["before"])
            try await other.log.revoke(Self.revocation("mallory"))
            try await other.publish(["after"])
            try await relay.open()
            try await eventually("it has all", otherwise: { "\(cut.told.all)" }) { cut.told.all.contains("after") }
            let told = cut.told.all.filter { $0 != "interrupted" && $0 != "resumed" }
            #expect(told == ["epoch 0", "before", "revoked mallory", "after"])
            for node in [cut, other] { await node.close() }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func whatAllRevokesTakesTheOthersOutOfTheStream(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let node = try await LogNode.open(server.url)
            for user in ["alice", "bob"] { try await node.log.revoke(Self.revocation(user)) }
            let all = Revocation(.everyone, issuedBefore: Self.now.milliseconds / 1000 + 1, madeAt: Self.now)
            try await node.log.revoke(all)
            let second = try await LogNode.open(server.url)
            #expect(second.told.all == ["epoch 0", "revoked "])
            for node in [node, second] { await node.close() }
        }

        /// The notes of the old one name what the new one does not have.
        @Test func besideAStateThatWasMadeAnewANodeOpensAndRevokes() async throws {
            let server = try await Self.server(.current)
            let first = try await LogNode.open(server.url)
            for number in 1...40 { try await first.log.revoke(Self.revocation("user \(number)")) }
            await first.close()
            try await JetStreamTailTests.ask("STREAM.DELETE.sluice_state", "", server)
            // As `sluice log create` does: no node that opens makes it beside events.
            let caller = try await NATSCaller.started(server.url)
            let limits = LogSettings(bytes: 1 << 28, events: 2_000_000, seconds: 3600)
            try await JetStreamStore(JetStreamSettings(limits: limits), client: caller.client).create()
            await caller.client.shutdown()
            let (node, other) = (try await LogNode.open(server.url), try await LogNode.open(server.url))
            #expect(node.told.all == ["epoch 0"])
            try await node.log.revoke(Self.revocation("alice"))
            try await eventually("both know") { other.told.all == ["epoch 0", "revoked alice"] }
            #expect(node.told.all == ["epoch 0", "revoked alice"])
            for node in [node, other] { await node.close() }
        }

        /// The stream keeps one message per target, whichever node wrote last.
        @Test(arguments: NATSServer.Version.allCases)
        func ofTwoThatAreWrittenAtOnceTheStreamKeepsWhatRevokesMore(version: NATSServer.Version) async throws {
            let server = try await Self.server(version)
            let nodes = [try await LogNode.open(server.url), try await LogNode.open(server.url)]
            let (now, users) = (Self.now, (0..<20).map { "user\($0)" })
            let second = now.milliseconds / 1000
            for (index, user) in users.enumerated() {
                // Now the one node revokes more, now the other.
                let (more, less) = (nodes[index % 2], nodes[1 - index % 2])
                async let first: Void = more.log.revoke(Revocation(.user(user), issuedBefore: second, madeAt: now))
                async let other: Void = less.log.revoke(
                    Revocation(.user(user), issuedBefore: second - 60, madeAt: now))
                _ = try await (first, other)
            }
            let later = try await LogNode.open(server.url)
            let found = Mutex<[Revocation]>([])
            later.log.follow(
                Tail { element in
                    if case .revoked(let revocations, _) = element { found.withLock { $0 += revocations } }
                })
            #expect(found.withLock { $0.count } == users.count)
            #expect(found.withLock { $0.allSatisfy { $0.issuedBefore == second } })
            for node in nodes + [later] { await node.close() }
        }

        @Test func withoutAServerNothingIsChanged() async throws {
            let server = try await Self.server(.current)
            let node = try await LogNode.open(server.url)
            server.kill()
            try await eventually("it says so") { node.told.all.last == "interrupted" }
            await #expect(throws: EventLogError.self) { try await node.log.revoke(Self.revocation("alice")) }
            try await server.start()
            try await eventually("it is back") { node.told.all.last == "resumed" }
            try await node.log.revoke(Self.revocation("bob"))
            #expect(node.told.all.last == "revoked bob")
            await node.close()
        }
    }
}
