// Which connections count as open, by who holds their seats.

import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayServer

@Suite struct ConnectionTrackerTests {
    private let tracker = ConnectionTracker(
        SeatLimits(connections: 4, strangers: 2, turnedAway: 1, strangerLifetime: nil))

    private func seat(_ channel: any Channel) throws -> ConnectionTracker.Seat {
        guard case .served(let seat) = tracker.admit(channel) else { throw ConnectionRefused() }
        return seat
    }

    @Test func `a connection that is never set up gives its seat back`() throws {
        let channel = EmbeddedChannel()
        do {
            let seat = try seat(channel)
            #expect(tracker.count == 1 && tracker.counts.strangers == 1)
            _ = consume seat
        }
        #expect(tracker.count == 0 && tracker.counts.strangers == 0)
    }

    /// TLS holds them: see `NIOOpenSSLTests`, which says until when.
    @Test func `a connection keeps its seat for as long as its places are held`() throws {
        var places: ConnectionPlaces? = ConnectionPlaces(seat: try seat(EmbeddedChannel()), address: nil)
        #expect(places != nil && tracker.count == 1)
        places = nil
        #expect(tracker.count == 0)
    }

    @Test func `the entrance lets go of them when the connection is closed`() throws {
        let channel = EmbeddedChannel()
        let places = ConnectionPlaces(seat: try seat(channel), address: nil)
        let entrance = EntranceHandler(places: consume places, linger: .seconds(2)) { _ in }
        try channel.pipeline.syncOperations.addHandler(entrance)
        #expect(tracker.count == 1)
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(tracker.count == 0)
        // The handler may live on.
        withExtendedLifetime(entrance) {}
    }

    @Test func `who has shown a good token is no stranger`() throws {
        let seat = try seat(EmbeddedChannel())
        seat.becomesKnown()
        #expect(tracker.counts.users == 1 && tracker.counts.strangers == 0)
        _ = consume seat
    }

    @Test func `who waits for the last connection to close hears of it`() async throws {
        let seat = try seat(EmbeddedChannel())
        tracker.quiesce()
        switch tracker.admit(EmbeddedChannel()) {
        case .refused: break
        default: Issue.record("a connection came in behind the end")
        }
        #expect(tracker.count == 1)
        _ = consume seat
        await tracker.waitUntilEmpty()
        #expect(tracker.count == 0)
    }
}
