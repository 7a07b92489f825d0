import CAllocationCounter
import SeededRandom
import Testing

@testable import EventLog

/// Whose publish key goes when there are too many.
@Suite struct PublishKeySharesTests {
    /// Inserts keys of ten bytes each, one a letter of `publishers`, and returns who lost one each time.
    private static func losers(_ publishers: String, keys: Int = .max, bytes: Int = .max) -> String {
        var shares = PublishKeyShares(keys: keys, bytes: bytes)
        var owners: [Int64: Character] = [:]
        var losers = ""
        for (number, publisher) in publishers.enumerated() {
            owners[Int64(number)] = publisher
            for lost in shares.insert(Int64(number), of: String(publisher), cost: 10) {
                losers.append(owners[lost] ?? "?")
            }
        }
        return losers
    }

    @Test func `nobody loses one while there is room, in keys and in bytes`() {
        #expect(Self.losers("aabbc", keys: 5) == "")
        #expect(Self.losers("aabbc", bytes: 50) == "")
    }

    @Test func `one publisher alone loses its oldest`() {
        var shares = PublishKeyShares(keys: 2, bytes: .max)
        #expect((1...5).map { shares.insert($0, of: "a", cost: 10) } == [[], [], [1], [2], [3]])
    }

    @Test func `who has the most loses its own, whoever comes`() {
        #expect(Self.losers("abbbbbbb", keys: 5) == "bbb")
        #expect(Self.losers("bbbba", keys: 4) == "b")
        #expect(Self.losers("bbbba", bytes: 40) == "b")
    }

    @Test func `those that have about as much lose in the order of age`() {
        #expect(Self.losers("abcdef", keys: 3) == "abc")
    }

    @Test func `a large key counts for what it is`() {
        var shares = PublishKeyShares(keys: .max, bytes: 100)
        _ = shares.insert(1, of: "a", cost: 10)
        _ = shares.insert(2, of: "b", cost: 80)
        #expect(shares.insert(3, of: "c", cost: 20) == [2])
        #expect(shares.byteCount == 30 && shares.count == 2)
    }

    @Test func `the newest stays, even if it alone is too large`() {
        var shares = PublishKeyShares(keys: .max, bytes: 100)
        _ = shares.insert(1, of: "a", cost: 10)
        #expect(shares.insert(2, of: "b", cost: 1000) == [1])
        #expect(shares.insert(3, of: "a", cost: 10) == [2])
    }

    @Test func `what has been counted out is no longer counted`() {
        var shares = PublishKeyShares(keys: 2, bytes: .max)
        _ = shares.insert(1, of: "a", cost: 10)
        _ = shares.insert(2, of: "a", cost: 10)
        shares.remove(1, of: "a")
        shares.remove(1, of: "a")
        shares.remove(7, of: "nobody")
        #expect(shares.count == 1 && shares.byteCount == 10)
        #expect(shares.insert(3, of: "b", cost: 10) == [])
        #expect(shares.insert(4, of: "b", cost: 10) == [3])
    }

    @Test func `whatever others do, each keeps half of an even share`() {
        var random = SeededGenerator(test: "whatever others do, each keeps half of an even share")
        for _ in 0..<30 {
            let (limit, publishers) = (Int.random(in: 40...400, using: &random), Int.random(in: 1...8, using: &random))
            var shares = PublishKeyShares(keys: limit, bytes: .max)
            var model = Array(repeating: [Int64](), count: publishers)
            for number in Int64(1)...2000 {
                // The first is modest: it never has more than it is sure of.
                let sure = max(1, limit / publishers / 2)
                let publisher = Int.random(in: 0..<publishers, using: &random)
                if publisher == 0, model[0].count >= sure { continue }
                model[publisher].append(number)
                for lost in shares.insert(number, of: "\(publisher)", cost: 10) {
                    guard let owner = model.firstIndex(where: { $0.contains(lost) }) else {
                        Issue.record("\(lost) is nobody's, SLUICE_SEED=\(random.seed)")
                        return
                    }
                    #expect(model[owner].first == lost, "its oldest, SLUICE_SEED=\(random.seed)")
                    #expect(owner != 0 || publishers == 1, "the modest lost one, SLUICE_SEED=\(random.seed)")
                    model[owner].removeFirst()
                }
                #expect(shares.count == model.reduce(0) { $0 + $1.count } && shares.count <= limit)
            }
        }
    }
}
