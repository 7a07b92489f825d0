// What probes say, and to whom: rules as values, and a loop that really stands still.

import Foundation
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

@testable import GatewayServer
@testable import HTTPServing

@Suite struct LoopWatchTests {
    @Test func aLoopThatDoesNotBeatIsNamedWhenItsTimeIsOver() {
        var watch = LoopWatch()
        for look in 0...4 as ClosedRange<UInt64> { watch.look(at: [7, look]) }
        #expect(watch.standing(for: .seconds(2)) == [0])
        #expect(watch.standing(for: .milliseconds(2500)) == [])
        watch.look(at: [8, 5])
        #expect(watch.standing(for: .milliseconds(500)) == [])
    }

    /// A process that was stopped, or a machine that was, has looked as seldom as its loops have turned.
    @Test func timeInWhichNobodyLookedIsNoTime() {
        var watch = LoopWatch()
        watch.look(at: [1])
        watch.look(at: [1])
        #expect(watch.standing(for: .seconds(1)) == [])
    }

    @Test(.timeLimit(.minutes(10))) func aLoopThatIsBlockedBeatsNoMore() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loops = Array(group.makeIterator()) as [any EventLoop]
        let pulses = LoopPulses(loops)
        pulses.start()
        let (blocked, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        loops[0].execute {
            blocked.signal()
            release.wait()
        }
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                blocked.wait()
                continuation.resume()
            }
        }
        let before = pulses.counts
        while pulses.counts[1] < before[1] + 2 { await Task.yield() }
        #expect(pulses.counts[0] == before[0])
        release.signal()
        while pulses.counts[0] == before[0] { await Task.yield() }
        try await group.shutdownGracefully()
    }
}

@Suite struct AdminJudgeTests {
    private let health = Health()
    private var reloads = ReloadRecord(process: 1)

    private func answer(_ path: String, host: String? = "localhost:8444", hosts: [String] = []) throws -> Answer {
        let judge = AdminJudge(hosts: AdminHosts(hosts), health: health, reloads: reloads) { "metrics\n" }
        var peer = Peer()
        let request = HTTPRequest(method: .get, scheme: "http", authority: host, path: path)
        guard case .answer(let answer) = judge.judge(request, from: &peer) else { throw CancellationError() }
        return answer
    }

    private func text(_ path: String) throws -> String { String(buffer: try answer(path).body) }

    /// How long the first of two loops stands still.
    private func stand(looks: Int) {
        for look in 0...UInt64(looks) { health.look(at: [0, look]) }
    }

    @Test func readinessIsForAPurpose() throws {
        health.phase = .ready
        health.publishFailure = "log-full"
        #expect(try text("/readyz?for=streams") == "ready\n")
        #expect(try text("/readyz?for=publish") == "not ready: log-full\n")
        #expect(try text("/readyz") == "not ready: log-full\n")
        #expect(try answer("/readyz?for=nothing").status == .badRequest)
    }

    /// No balancer has a better gateway for it, and events come and go.
    @Test func aStateThatIsLostIsForNeitherKindOfTraffic() throws {
        health.phase = .ready
        health.isStateLost = true
        #expect(try text("/readyz") == "not ready: nobody can be revoked or signed out\n")
        for purpose in ["streams", "publish"] { #expect(try text("/readyz?for=\(purpose)") == "ready\n") }
    }

    @Test func whatIsKnownOfTheLogsDurabilityIsSaid() throws {
        health.phase = .ready
        health.durability = ("durability: full: 3 servers say so", false)
        for path in ["/readyz", "/readyz?for=streams", "/readyz?for=publish"] {
            #expect(try text(path) == "ready\ndurability: full: 3 servers say so\n")
        }
        #expect(try text("/livez") == "live\n")
        health.durability = ("durability: replicated, not full", true)
        #expect(try text("/readyz?for=publish") == "not ready: durability-lost\ndurability: replicated, not full\n")
        #expect(try answer("/readyz").status == .serviceUnavailable)
        #expect(try answer("/readyz?for=streams").status == .ok)
    }

    @Test func withoutAConnectionToTheLogNobodyPublishes() {
        let cutOff = Health { false }
        cutOff.phase = .ready
        #expect(cutOff.faults(for: .publish) == ["no connection to NATS"] && cutOff.faults(for: .streams) == [])
    }

    /// A publisher may go elsewhere, and need not: this gateway can put an event into the log and not get it back yet.
    @Test func aGatewayThatLagsBehindOthersGetsNoStreams() throws {
        health.phase = .ready
        health.isOvertaken = true
        #expect(try text("/readyz?for=streams").hasPrefix("not ready: this gateway lags behind others"))
        #expect(try answer("/readyz").status == .serviceUnavailable)
        #expect(try text("/readyz?for=publish") == "ready\n" && text("/livez") == "live\n")
        health.isOvertaken = false
        #expect(try text("/readyz") == "ready\n")
    }

    @Test func aStandingLoopIsNotReadySoonAndNotLiveLate() throws {
        health.phase = .ready
        stand(looks: 4)
        #expect(try text("/readyz?for=streams") == "not ready: event loop 0 has not turned for 2 s\n")
        #expect(try text("/livez") == "live\n")
        stand(looks: 20)
        #expect(try text("/livez") == "not live: event loop 0 has not turned for 9 s\n")
        health.look(at: [1, 0])
        #expect(try text("/livez") == "live\n")
        #expect(try text("/readyz?for=streams") == "ready\n")
    }

    @Test func aGatewayThatStartsOrDrainsIsNotReadyAndLives() throws {
        #expect(try text("/readyz?for=streams") == "not ready: starting\n")
        health.phase = .lameDuck
        #expect(try text("/readyz?for=streams") == "not ready: stopping soon\n")
        health.phase = .draining
        #expect(try text("/readyz?for=streams") == "not ready: draining\n")
        #expect(try text("/livez") == "live\n")
    }

    @Test func aListenerThatWasClosedUnderneathIsTheEnd() throws {
        health.phase = .ready
        #expect(health.listenerClosed())
        #expect(try text("/livez") == "not live: the public listener is closed\n")
        #expect(try text("/readyz?for=streams") == "not ready: the public listener is closed\n")
        health.phase = .lameDuck
        #expect(health.listenerClosed(), "it still needs its listener")
    }

    @Test func aListenerThatIsClosedToDrainIsNot() {
        health.phase = .draining
        #expect(!health.listenerClosed())
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:8444", "[::1]:8444", "10.0.0.7", "[fe80::1]",
        "Gateway.internal:80",
    ])
    func namesThatNoPageCanHaveAreAnsweredTo(host: String) throws {
        #expect(try answer("/livez", host: host, hosts: ["gateway.INTERNAL"]).status == .ok)
    }

    @Test(arguments: [
        "evil.example", "evil.example:8444", "localhost.evil.example", "127.0.0.1.evil.example", "evillocalhost", "",
        "[evil.example]", "localhost\u{37E}x", "::1x",
    ])
    func otherNamesAreNot(host: String) throws {
        for path in ["/livez", "/readyz", "/metrics", "/nowhere"] {
            #expect(try answer(path, host: host).status == .misdirectedRequest)
        }
    }

    /// The mark ends the path whatever stands behind it, and nothing but its own bytes is a path.
    @Test func aPathIsItsBytes() throws {
        health.phase = .ready
        #expect(try answer("/livez?\u{301}").status == .ok)
        #expect(try answer("/readyz?\u{301}").status == .badRequest)
        for path in ["/livez\u{301}?", "/livez;?", "/LIVEZ", "/\u{301}livez", "livez", "", "?"] {
            #expect(try answer(path).status == .notFound)
        }
        for query in ["for=streams\u{301}", "for=", "for", "for=streams&for=publish", "?for=streams"] {
            #expect(try answer("/readyz?\(query)").status == .badRequest)
        }
        #expect(try answer("/readyz?").status == .ok)
    }

    @Test func whoSendsNoHostIsNoPage() throws {
        #expect(try answer("/metrics", host: nil).status == .ok)
    }
}
