// Which of the consumers that are made for a tail is taken.

import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct ConsumerPlacingTests {
    private let servers = ["n1", "n2", "n3"]

    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    @Test func aConsumerElsewhereIsMadeAnewUntilItStandsOnTheNodesServer() throws {
        var placing = try #require(ConsumerPlacing(near: "n2", of: servers, at(0)))
        #expect(placing.next(after: "n1", at(0)) == ConsumerPlacing.time)
        #expect(placing.next(after: "n3", at(100)) == ConsumerPlacing.time - .milliseconds(100))
        #expect(placing.next(after: "n2", at(110)) == nil)
    }

    @Test func aNodeDoesNotTryForLong() throws {
        var placing = try #require(ConsumerPlacing(near: "n2", of: servers, at(0)))
        #expect(placing.next(after: "n1", at(499)) == .milliseconds(1))
        #expect(placing.next(after: "n1", at(500)) == nil)
    }

    @Test func aNodeDoesNotTryOften() throws {
        var placing = try #require(ConsumerPlacing(near: "n2", of: servers, at(0)))
        var made = 1
        while made < 1000, placing.next(after: "n1", at(1)) != nil { made += 1 }
        #expect(made == ConsumerPlacing.tries)
    }

    /// A leaf node has not, nor has one of five servers that is none of the stream's three.
    @Test func whereTheNodesServerDoesNotHaveTheStreamOneIsAsGoodAsAnother() {
        #expect(ConsumerPlacing(near: "n4", of: servers, at(0)) == nil)
        #expect(ConsumerPlacing(near: nil, of: servers, at(0)) == nil)
    }

    @Test func whereOneServerHasTheStreamThereIsNothingToChoose() {
        #expect(ConsumerPlacing(near: "n1", of: ["n1"], at(0)) == nil)
        #expect(ConsumerPlacing(near: "n1", of: [], at(0)) == nil)
    }

    @Test func aConsumerOfWhichNoServerIsSaidIsTaken() throws {
        var placing = try #require(ConsumerPlacing(near: "n2", of: servers, at(0)))
        #expect(placing.next(after: nil, at(0)) == nil)
    }

    @Test func aConsumersServerIsReadFromItsAnswer() throws {
        let json = #"{"name":"x","num_pending":3,"cluster":{"name":"c","leader":"n2","replicas":null}}"#
        let info = try ConsumerInfo(json: Array(json.utf8))
        #expect(info.leader == "n2" && info.pending == 3)
        #expect(try ConsumerInfo(json: Array(#"{"name":"x"}"#.utf8)).leader == nil)
    }

    @Test func aStreamsServersAreItsLeaderAndItsReplicas() throws {
        let cluster = #"{"cluster":{"leader":"n1","replicas":[{"name":"n2"},{"name":"n3"}]}}"#
        #expect(StreamLook(try StreamInfo(json: Array(cluster.utf8))).servers == servers)
        #expect(StreamLook(try StreamInfo(json: Array("{}".utf8))).servers.isEmpty)
    }
}
