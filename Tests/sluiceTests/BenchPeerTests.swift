import ArgumentParser
import LoadFleet
import Testing

@testable import sluice

/// What `sluice bench` takes and refuses when the server is not a gateway.
@Suite struct BenchPeerTests {
    private static let everyone = ["--stream-path", "/sse/%d", "--publish-url", "http://a:81/publish"]
    private static let users = ["--stream-path", "/sse/%d", "--publish-url", "http://a:81/publish/%d"]

    /// The message of a command line that is refused.
    private func refusal(_ arguments: [String]) -> String {
        do {
            _ = try Sluice.parseAsRoot(["bench", "--url", "https://a"] + arguments)
            return "nothing is wrong"
        } catch {
            return Sluice.message(for: error)
        }
    }

    @Test(arguments: [
        users, users + ["--users", "5", "--streams", "9", "--http2", "--closed", "--publishers", "3"],
        everyone + ["--to", "everyone"],
        ["--stream-path", "/all", "--publish-url", "http://a/all", "--to", "everyone"],
    ])
    func `paths are enough, and nobody needs keys`(_ arguments: [String]) {
        #expect(refusal(arguments) == "nothing is wrong")
    }

    @Test func `the paths reach the fleet`() throws {
        let plan = FleetPlan()
        let peer = try BenchPeer.parse(Self.users).peer(for: plan)
        #expect(peer == (try FleetPeer(streamPath: "/sse/%d", publishURL: "http://a:81/publish/%d")))
        #expect(try BenchPeer.parse([]).peer(for: plan) == nil)
    }

    /// Command lines behind the URL, and why they are refused.
    private static let refused: [(arguments: String, message: String)] = [
        ("", "--keys is missing: a gateway wants tokens (another server: --stream-path and --publish-url)"),
        ("--stream-path /%d", "--stream-path and --publish-url need each other: give both, or for a gateway none"),
        (
            "--stream-path /%d --publish-url http://a",
            "--stream-path and --publish-url must tell users apart by %d, or say --to everyone"
        ),
        (
            "--stream-path sse --publish-url http://a",
            "the path \"sse\" cannot be used: it must begin with / and hold no space, fragment or letter beyond ASCII"
        ),
        (
            "--stream-path /%d --publish-url https://a/%d",
            "the URL \"https://a\" cannot be used: it must begin with http://"
        ),
    ]

    /// Options that do not go with each user's paths, and why.
    private static let misplaced: [(options: String, message: String)] = [
        ("--keys k", "--keys is for a gateway's tokens, and --stream-path is without: leave it out"),
        ("--kid k", "--kid is for a gateway's tokens, and --stream-path is without: leave it out"),
        ("--batch 2", "--batch is a gateway's, and --publish-url takes one event per request: leave it out"),
        ("--resume 1", "--resume tests what a gateway promises: leave it out with --stream-path"),
        ("--stalled 1", "--stalled tests what a gateway promises: leave it out with --stream-path"),
        ("--steady 1", "--steady tests what a gateway promises: leave it out with --stream-path"),
        ("--to everyone", "--publish-url is one for --to everyone: leave out its %d"),
    ]

    @Test(arguments: refused)
    func `paths that lead nowhere are refused in words`(_ arguments: String, _ message: String) {
        #expect(refusal(arguments.split(separator: " ").map(String.init)).contains(message))
    }

    @Test(arguments: misplaced)
    func `what only a gateway can do is refused in words`(_ options: String, _ message: String) {
        #expect(refusal(Self.users + options.split(separator: " ").map(String.init)).contains(message))
    }
}
