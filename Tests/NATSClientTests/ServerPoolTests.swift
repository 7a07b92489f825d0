import SeededRandom
import Testing

@testable import NATSClient

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("nats://a.example:4333", "a.example", 4333, false), ("tls://a.example", "a.example", 4222, true),
        ("nats+tls://A.Example:1/", "a.example", 1, true), ("10.0.0.1:65535", "10.0.0.1", 65535, false),
        ("[::1]:4222", "::1", 4222, false), ("NATS://[fe80::1]", "fe80::1", 4222, false), ("a_b", "a_b", 4222, false),
    ])
    func isRead(text: String, host: String, port: Int, needsTLS: Bool) throws {
        let address = try ServerAddress(text)
        #expect(address.host == host && address.port == port && address.needsTLS == needsTLS)
        #expect(address.certificateName == host)
    }

    @Test(arguments: [
        "", ":", ":4222", "nats://", "http://a", "ws://a:1", "a:", "a:0", "a:65536", "a:x", "a:1:2", "a:-1", "a:+1",
        "[::1",
        "[]:1", "[a]:1", "[::1]x", "a b", "a\r\n", "ä", "nats://u:p@a", "nats://a/x", "nats://a:1?x", "a/b:1", "*",
        "a:4222,b:4222", String(repeating: "a", count: 254),
    ])
    func isNone(text: String) {
        expect(.addressInvalid) { () throws(NATSError) in _ = try ServerAddress(text) }
    }

    /// It would be in a log, as all URLs are at some time.
    @Test func aPasswordIsNotRepeated() {
        do throws(NATSError) {
            _ = try ServerAddress("nats://user:hush@a")
        } catch {
            #expect(!error.message.contains("hush"))
        }
    }

    @Test func itsTextIsRead() throws {
        for text in ["a.example:4333", "[::1]:4222", "10.0.0.1:1"] {
            #expect(try ServerAddress(text).description == text)
        }
    }
}

@Suite struct ServerPoolTests {
    private static func pool(_ urls: String..., rules: ReconnectRules = ReconnectRules()) throws -> ServerPool {
        var generator = SeededGenerator(seed: 1)
        return ServerPool(try urls.map { url throws(NATSError) in try ServerAddress(url) }, rules, using: &generator)
    }

    @Test func eachIsTriedInTurnWithoutAWait() throws {
        var pool = try Self.pool("a", "b", "c")
        let first = (0..<3).map { _ in pool.next(chance: 0) }
        #expect(Set(first.map(\.address.host)) == ["a", "b", "c"])
        #expect(first.allSatisfy { $0.wait == .zero })
        #expect(pool.isRoundOver)
        let second = (0..<3).map { _ in pool.next(chance: 0) }
        #expect(second.map(\.address.host) == first.map(\.address.host))
        #expect(second.map(\.wait) == [.milliseconds(100), .zero, .zero])
    }

    @Test func theWaitGrowsToItsLongest() throws {
        var pool = try Self.pool("a")
        let waits = (0..<9).map { _ in pool.next(chance: 0).wait }
        #expect(waits == [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .milliseconds($0) })
        for _ in 0..<1000 { #expect(pool.next(chance: 1).wait == .milliseconds(7500)) }
        pool.lost(after: .seconds(5))
        #expect(pool.next(chance: 1).wait == .zero)
        #expect(pool.next(chance: 1).wait == .milliseconds(150))
    }

    /// A server that lets the client in and drops it is no server that works.
    @Test func theWaitGrowsOnAfterAConnectionThatDidNotLast() throws {
        var pool = try Self.pool("a", "b")
        var waits: [Duration] = []
        for _ in 0..<8 {
            waits.append(pool.next(chance: 0).wait)
            pool.lost(after: .milliseconds(4999))
        }
        #expect(waits == [0, 0, 100, 0, 200, 0, 400, 0].map { .milliseconds($0) })
    }

    @Test func aServerThatIsLostIsNotTheFirstToBeTried() throws {
        var pool = try Self.pool("a", "b")
        let first = pool.next(chance: 0).address
        pool.lost(after: .seconds(5))
        #expect(pool.next(chance: 0).address != first)
    }

    @Test func notAllClientsBeginWithTheSameOne() throws {
        var first: Set<String> = []
        for seed in 0..<50 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var pool = ServerPool(
                try ["a", "b", "c"].map { url throws(NATSError) in try ServerAddress(url) }, ReconnectRules(),
                using: &generator)
            first.insert(pool.next(chance: 0).address.host)
        }
        #expect(first == ["a", "b", "c"])
    }

    // MARK: Discovery

    @Test func whatAServerTellsOfIsTried() throws {
        var (pool, generator) = (try Self.pool("tls://a.example"), SeededGenerator(seed: 1))
        let teller = pool.next(chance: 0).address
        #expect(
            pool.discovered(["10.0.0.2:4222", "b.example:4222", "nonsense:", ""], from: teller, using: &generator) == 2)
        let told = pool.addresses.dropFirst().sorted { $0.host < $1.host }
        #expect(told.map(\.host) == ["10.0.0.2", "b.example"])
        #expect(told.map(\.needsTLS) == [true, true])
        #expect(told.map(\.certificateName) == ["a.example", "b.example"])
        #expect(pool.discovered(["10.0.0.2:4222", "b.example:4222"], from: teller, using: &generator) == 0)
    }

    @Test func whoHasLeftTheClusterIsForgotten() throws {
        var (pool, generator) = (try Self.pool("a", "b"), SeededGenerator(seed: 1))
        let teller = pool.next(chance: 0).address
        _ = pool.discovered(["c", "d"], from: teller, using: &generator)
        #expect(Set(pool.addresses.map(\.host)) == ["a", "b", "c", "d"])
        _ = pool.discovered(["d", "e"], from: teller, using: &generator)
        #expect(Set(pool.addresses.map(\.host)) == ["a", "b", "d", "e"])
    }

    @Test func theOneThatTellsIsNotForgotten() throws {
        var (pool, generator) = (try Self.pool("a"), SeededGenerator(seed: 1))
        let a = pool.next(chance: 0).address
        _ = pool.discovered(["b"], from: a, using: &generator)
        _ = pool.discovered(["c"], from: try ServerAddress("b"), using: &generator)
        #expect(Set(pool.addresses.map(\.host)) == ["a", "b", "c"])
    }

    @Test func noServerFillsThePool() throws {
        var (pool, generator) = (try Self.pool("a"), SeededGenerator(test: "server pool"))
        let teller = pool.next(chance: 0).address
        for round in 0..<50 {
            let urls = (0..<200).map { "host\(round)-\($0):\(1 + Int($0))" }
            _ = pool.discovered(urls, from: teller, using: &generator)
            #expect(pool.addresses.count <= 1 + ServerPool.mostDiscovered)
            for _ in 0..<Int.random(in: 0...90, using: &generator) { _ = pool.next(chance: 0) }
        }
        #expect(pool.addresses.contains { $0.host == "a" })
    }
}
