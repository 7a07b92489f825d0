import ArgumentParser
import LoadFleet
import Testing

@testable import sluice

/// What `sluice bench` takes and refuses.
@Suite struct BenchOptionsTests {
    private func plan(_ arguments: String...) throws -> FleetPlan {
        try BenchOptions.parse(arguments).plan()
    }

    /// The message of a command line that is refused.
    private func refusal(_ arguments: [String]) -> String {
        do {
            _ = try BenchOptions.parse(arguments).plan()
            return "nothing is wrong"
        } catch {
            return BenchOptions.message(for: error)
        }
    }

    @Test func `without options, a thousand users get a hundred events a second for ten seconds`() throws {
        let plan = try plan()
        #expect(plan == FleetPlan())
        #expect(plan.streams == 1000)
        #expect(plan.users == 1000)
        #expect(plan.pace == .rated(100))
        #expect(plan.limit == .duration(.seconds(10)))
    }

    @Test func `every option reaches the plan`() throws {
        let plan = try plan(
            "--streams", "20", "--users", "10", "--to", "everyone", "--rate", "2.5", "--publishers", "3", "--batch",
            "4",
            "--payload", "500", "--events", "60", "--stalled", "7", "--resume", "8", "--steady", "9", "--connect-rate",
            "50", "--event-loops", "2", "--http2", "--streams-per-connection", "6")
        var expected = FleetPlan()
        (expected.streams, expected.users, expected.stalled, expected.steady) = (20, 10, 7, 9)
        (expected.audience, expected.pace, expected.limit) = (.everyone, .rated(2.5), .events(60))
        (expected.publishers, expected.batch, expected.payload, expected.resume) = (3, 4, 500, 8)
        (expected.connectRate, expected.eventLoops) = (50, 2)
        expected.transport = .http2(streamsPerConnection: 6)
        #expect(expected.connections == 4 + 7 + 2 + 3)
        #expect(plan == expected)
    }

    @Test func `users are as many as streams, and a closed loop has no rate`() throws {
        let plan = try plan("--streams", "20", "--closed", "--duration", "1m")
        #expect(plan.users == 20)
        #expect(plan.pace == .closed)
        #expect(plan.limit == .duration(.seconds(60)))
    }

    @Test(arguments: [
        (["--streams", "0"], "--streams must be from 1 to 1000000"),
        (["--payload", "20"], "--payload must be from 80 to 1048576"),
        (["--rate", "0"], "--rate must be from 0.01 to 1000000.0"),
        (["--rate", "nan"], "--rate must be from 0.01 to 1000000.0"),
        (["--event-loops", "65"], "--event-loops must be from 1 to 64"),
        (["--closed", "--rate", "5"], "--closed and --rate exclude each other: leave one out"),
        (["--http2", "--streams-per-connection", "101"], "--streams-per-connection must be from 1 to 100"),
        (
            ["--streams-per-connection", "2"],
            "--streams-per-connection needs --http2: over HTTP/1.1 each stream has its own"
        ),
        (["--events", "5", "--duration", "5s"], "--events and --duration exclude each other: leave one out"),
        (["--closed", "--steady", "5"], "--steady needs a --rate: leave out --closed"),
        (["--streams", "5", "--users", "6"], "--users is more than --streams: a user without a stream gets nothing"),
        (
            ["--streams", "5", "--publishers", "6"],
            "--publishers is more than --users: each user's events are published by one of them"
        ),
    ])
    func `a wrong load is refused in words`(_ arguments: [String], _ message: String) {
        #expect(refusal(arguments) == message)
    }

    @Test func `publishers to everyone may be more than users`() throws {
        #expect(try plan("--streams", "5", "--publishers", "6", "--to", "everyone").publishers == 6)
    }

    @Test func `more streams than open files are refused before the first`() throws {
        let plan = try plan("--streams", "1000", "--stalled", "10", "--steady", "5")
        try BenchCommand.checkLimit(of: 1080, for: plan)
        try BenchCommand.checkLimit(of: 0, for: plan)
        let error = #expect(throws: CommandFailure.self) { try BenchCommand.checkLimit(of: 1079, for: plan) }
        #expect(error?.description.contains("1016 connections need 1080 open files") == true)
    }

    @Test func `gateway and keys are enough`() throws {
        _ = try Sluice.parseAsRoot(["bench", "--url", "https://localhost", "--keys", "keys.json"])
    }

    @Test(arguments: [
        ["--keys", "k"], ["--url", "https://localhost"], ["--url", "http://localhost", "--keys", "k"],
        ["--url", "https://localhost", "--keys", "k", "--pid", "0"],
        ["--url", "https://localhost", "--keys", "k", "--streams", "0"],
    ])
    func `a wrong command line is exit code 64`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try Sluice.parseAsRoot(["bench"] + arguments) }
        #expect(error.map { Sluice.exitCode(for: $0).rawValue } == 64)
    }
}
