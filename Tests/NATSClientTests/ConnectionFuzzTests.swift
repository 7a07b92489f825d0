// Whatever a server says, in whatever order, and whenever it goes: nothing traps, and nobody waits for ever.

import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import NATSClient

@Suite struct ConnectionFuzzTests {
    /// Words of the protocol, good, out of place, and wrong.
    private static let words = [
        ScriptedServer.info, "PONG\r\n", "PONG\r\n", "PING\r\n", "+OK\r\n", "-ERR 'Stale Connection'\r\n",
        "-ERR 'Permissions Violation for Publish to \"s\"'\r\n", "-ERR 'Slow Consumer'\r\n", "-ERR ''\r\n",
        "INFO {\"headers\":true,\"max_payload\":1}\r\n", "INFO {\"headers\":true,\"ldm\":true}\r\n",
        "INFO {\"headers\":true,\"connect_urls\":[\"b:1\",\"c:2\",\"x\"],\"server_id\":\"M\"}\r\n",
        "INFO {\"tls_required\":true}\r\n", "INFO {\"max_payload\":-1}\r\n", "INFO {}\r\n", "INFO x\r\n",
        "MSG s 1 0\r\n\r\n", "MSG s 9 3\r\nabc\r\n", "MSG s 18446744073709551615 0\r\n\r\n", "MSG s 2 r 2\r\nab\r\n",
        "HMSG s 1 12 12\r\nNATS/1.0\r\n\r\n\r\n", "HMSG s 1 5 2\r\nab\r\n", "MSG s 1 99999999999\r\n", "X\r\n", "\r\n",
        "\u{0}",
    ]

    /// Lets a client live a while with a server that says anything.
    private static func live(_ generator: inout SeededGenerator) throws {
        let server = try ScriptedServer(servers: ["a", "b"]) { configuration in
            configuration.pendingRequests = 8
            configuration.reconnect = ReconnectRules()
        }
        let starting = server.loop.makePromise(of: Void.self)
        let started = Outcome(starting.futureResult)
        server.core.start(starting)
        var asked: [Outcome<Message>] = []
        var published: [Outcome<Void>] = []
        for _ in 0..<Int.random(in: 1...60, using: &generator) {
            switch Int.random(in: 0..<12, using: &generator) {
            case 0...5 where server.isConnected:
                try? server.say(words.randomElement(using: &generator) ?? "")
            case 6 where server.isConnected: _ = try? server.logIn()
            case 7 where server.isConnected: try? server.cut()
            case 8: server.refuses = Bool.random(using: &generator)
            case 9: asked.append(try server.request("q", timeout: .seconds(5)))
            case 10: published.append(try server.publish("p"))
            default: server.loop.advanceTime(by: .milliseconds(Int64.random(in: 0...4000, using: &generator)))
            }
        }
        // Rounds are bounded by their waits, whatever the server does.
        let tries = server.tried.count
        #expect(tries <= 300)
        server.core.close()
        server.loop.advanceTime(by: .seconds(30))
        #expect(server.tried.count == tries, "a closed client connects to nobody")
        #expect(!started.isOpen && asked.allSatisfy { !$0.isOpen } && published.allSatisfy { !$0.isOpen })
        #expect(server.core.requests.isEmpty && server.core.outbox.bytes == 0)
    }

    @Test func anyServerIsSurvived() throws {
        var generator = SeededGenerator(test: "connection")
        for _ in 0..<400 { try Self.live(&generator) }
    }

    /// The pool alone: lives of any length, and servers that come and go.
    @Test func aServerIsNotTriedWithoutEnd() throws {
        var generator = SeededGenerator(test: "pool")
        for _ in 0..<200 {
            var pool = ServerPool(
                [try ServerAddress("a"), try ServerAddress("b")], ReconnectRules(), using: &generator)
            var (waited, last) = (Duration.zero, Duration.zero)
            for _ in 0..<100 {
                let (address, wait) = pool.next(chance: Double.random(in: 0...1, using: &generator))
                (waited, last) = (waited + wait, max(last, wait))
                let urls = (0..<Int.random(in: 0...3, using: &generator)).map { "h\($0):1" }
                _ = pool.discovered(urls, from: address, using: &generator)
                pool.lost(after: .milliseconds(Int64.random(in: 0...4999, using: &generator)))
            }
            // 100 short lives take minutes, with the longest wait between them in the end.
            #expect(waited >= .seconds(60) && last >= .seconds(5), "\(waited)")
        }
    }
}
