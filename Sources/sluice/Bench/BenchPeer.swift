import ArgumentParser
import GatewayClient
import LoadFleet

/// Where a server that is not a gateway has its streams, and where it takes events.
struct BenchPeer: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where --url has each user's stream: a path, in which %d is the user's number, from 0.", valueName: "path"))
    var streamPath: String?

    @Option(
        name: .customLong("publish-url"),
        help: ArgumentHelp(
            "Where each user's events are published, for instance http://localhost:8080/publish/%d.",
            discussion: """
                Each is one POST over HTTP/1.1 in the clear whose body is the event's data. With --to everyone it is one \
                URL, without %d.
                """, valueName: "url"))
    var publishURL: String?

    /// The server that the options describe; `nil` when it is a gateway.
    ///
    /// - Throws: `ValidationError`, whose text says what to change.
    func peer(for plan: FleetPlan) throws -> FleetPeer? {
        guard streamPath != nil || publishURL != nil else { return nil }
        guard let streamPath, let publishURL else {
            throw ValidationError("--stream-path and --publish-url need each other: give both, or for a gateway none")
        }
        let peer: FleetPeer
        do throws(GatewayClientError) {
            peer = try FleetPeer(streamPath: streamPath, publishURL: publishURL)
        } catch {
            throw ValidationError(error.message)
        }
        try Self.check(plan)
        try Self.check(peer, plan.audience)
        return peer
    }

    /// What only a gateway promises can be asked of none but a gateway.
    private static func check(_ plan: FleetPlan) throws {
        if plan.batch > 1 {
            throw ValidationError("--batch is a gateway's, and --publish-url takes one event per request: leave it out")
        }
        let kinds = [("--stalled", plan.stalled), ("--resume", plan.resume), ("--steady", plan.steady)]
        if let kind = kinds.first(where: { $0.1 > 0 }) {
            throw ValidationError("\(kind.0) tests what a gateway promises: leave it out with --stream-path")
        }
    }

    private static func check(_ peer: FleetPeer, _ audience: FleetPlan.Audience) throws {
        switch audience {
        case .users where !peer.streamPath.namesUser || !peer.publishPath.namesUser:
            throw ValidationError("--stream-path and --publish-url must tell users apart by %d, or say --to everyone")
        case .everyone where peer.publishPath.namesUser:
            throw ValidationError("--publish-url is one for --to everyone: leave out its %d")
        default: break
        }
    }
}
