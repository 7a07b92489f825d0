import EventLog
import EventLogPromises
import SeededRandom
import Testing

@testable import EventHub

/// Who is connected, over all shards.
@Suite struct PresenceTests {
    private static let limits = StreamLimits(streams: 4, streamsPerUser: 2, topicsPerStream: 2)

    private static func code(_ refused: () throws(AdmissionRefusal) -> Void) -> String? {
        do {
            try refused()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a user's streams are limited, and one that leaves makes room`() throws {
        var presence = Presence(limits: Self.limits)
        let alice = Interest(user: "alice")
        try presence.admit(alice, shard: 0)
        try presence.admit(alice, shard: 1)
        #expect(throws: AdmissionRefusal.streamsPerUser(limit: 2)) { try presence.admit(alice, shard: 2) }
        try presence.admit(Interest(user: "bob"), shard: 2)
        presence.release(alice, shard: 1, remaining: ShardRemainder(isEmpty: true, user: 0, topics: []))
        try presence.admit(alice, shard: 0)
    }

    @Test func `the streams of the process are limited`() throws {
        var presence = Presence(limits: Self.limits)
        for number in 0..<4 { try presence.admit(Interest(user: "user \(number)"), shard: 0) }
        #expect(throws: AdmissionRefusal.streams(limit: 4)) { try presence.admit(Interest(user: "x"), shard: 0) }
        #expect(presence.streamCount(for: .everyone) == 4)
    }

    @Test func `a stream's topics are limited`() throws {
        var presence = Presence(limits: Self.limits)
        let greedy = Interest(user: "alice", topics: ["a", "b", "c"])
        #expect(throws: AdmissionRefusal.topicsPerStream(limit: 2)) { try presence.admit(greedy, shard: 0) }
        #expect(presence.streamCount(for: .everyone) == 0, "what is refused is not counted")
        try presence.admit(Interest(user: "alice", topics: ["a", "b"]), shard: 0)
    }

    @Test(arguments: [
        (AdmissionRefusal.streams(limit: 1), "streams-limit"), (.streamsPerUser(limit: 1), "streams-per-user"),
        (.topicsPerStream(limit: 1), "topics-per-stream"), (.draining, "draining"),
    ])
    func `a refusal's code is part of the outside surface`(refusal: AdmissionRefusal, code: String) {
        #expect(refusal.code == code)
        #expect(refusal.detail.hasSuffix("."))
    }

    @Test func `a shard set holds each number that a shard can have`() {
        for number in 0..<ShardSet.capacity {
            var (set, other) = (ShardSet(), ShardSet())
            set.insert(number)
            other.insert(ShardSet.capacity - 1 - number)
            set.formUnion(other)
            let expected = Set([number, ShardSet.capacity - 1 - number])
            #expect(Set((0..<ShardSet.capacity).filter(set.contains)) == expected)
            set.remove(number)
            set.remove(ShardSet.capacity - 1 - number)
            #expect(set == ShardSet())
        }
    }

    // MARK: Against a list of streams

    private struct Member: Equatable {
        let interest: Interest
        let shard: Int
    }

    private static let names = ["alice", "bob", "carol"]
    private static let topics = ["news", "sport", "rooms/1"]
    private static let audiences: [Audience] =
        [.everyone, .users([]), .users(names), .users(["bob", "nobody"])] + (names + ["nobody"]).map(Audience.user)
        + (topics + ["none"]).map(Audience.topic)

    private static func remainder(of member: Member, in members: [Member]) -> ShardRemainder {
        let here = members.filter { $0.shard == member.shard }
        return ShardRemainder(
            isEmpty: here.isEmpty, user: here.filter { $0.interest.user == member.interest.user }.count,
            topics: member.interest.topics.map { topic in
                here.filter { $0.interest.topics.contains(topic) }.count
            })
    }

    private static func refusal(of interest: Interest, among members: [Member], _ limits: StreamLimits) -> Bool {
        interest.topics.count > limits.topicsPerStream || members.count >= limits.streams
            || members.filter { $0.interest.user == interest.user }.count >= limits.streamsPerUser
    }

    @Test func `counts and shards are those of a list of streams`() {
        var random = SeededGenerator(test: "counts and shards are those of a list of streams")
        for _ in 0..<40 {
            let limits = StreamLimits(
                streams: .random(in: 1...12, using: &random), streamsPerUser: .random(in: 1...6, using: &random),
                topicsPerStream: .random(in: 0...3, using: &random))
            var presence = Presence(limits: limits)
            var members: [Member] = []
            for _ in 0..<80 {
                if Bool.random(using: &random), let place = members.indices.randomElement(using: &random) {
                    let gone = members.remove(at: place)
                    presence.release(
                        gone.interest, shard: gone.shard, remaining: Self.remainder(of: gone, in: members))
                } else {
                    let user = Self.names.randomElement(using: &random) ?? ""
                    let topics = Self.topics.shuffled(using: &random).prefix(.random(in: 0...3, using: &random))
                    let interest = Interest(user: user, topics: Array(topics))
                    let shard = [0, 1, 63, 64, 255].randomElement(using: &random) ?? 0
                    let expected = Self.refusal(of: interest, among: members, limits)
                    let code = Self.code { () throws(AdmissionRefusal) in try presence.admit(interest, shard: shard) }
                    #expect((code != nil) == expected, "SLUICE_SEED=\(random.seed)")
                    if code == nil { members.append(Member(interest: interest, shard: shard)) }
                }
                Self.compare(presence, with: members, seed: random.seed)
            }
        }
    }

    private static func compare(_ presence: Presence, with members: [Member], seed: UInt64) {
        for audience in audiences {
            let meant = members.filter { $0.interest.includes(audience) }
            #expect(presence.streamCount(for: audience) == meant.count, "SLUICE_SEED=\(seed) \(audience)")
            let set = presence.shards(for: audience)
            let shards = Set((0..<ShardSet.capacity).filter(set.contains))
            #expect(shards == Set(meant.map(\.shard)), "SLUICE_SEED=\(seed) \(audience)")
        }
    }
}
