// The window against a search through everything, with holes in the sequences.

import EventLog
import EventLogPromises
import NIOCore
import SeededRandom
import Testing

@testable import JetStreamEventLog

@Suite struct EventWindowTests {
    private let epoch = Epoch("test") ?? { preconditionFailure("It is one.") }()
    private let start = WallTime(milliseconds: 1_000_000)

    private func logged(_ event: NewEvent, _ sequence: Position) -> LoggedEvent {
        LoggedEvent(event, epoch: epoch, sequence: sequence, now: start)
    }

    private func time(_ sequence: Position) -> ServerTime { ServerTime(nanoseconds: Int64(sequence) * 10) }

    private func window(_ sequences: [Position], bytes: Int = 1 << 20) -> EventWindow {
        var window = EventWindow(byteLimit: bytes, after: 0)
        for sequence in sequences { window.append(logged(NewEvent(), sequence), storedAt: time(sequence)) }
        return window
    }

    @Test func itReadsWhatASearchThroughEverythingFinds() {
        var random = SeededGenerator(test: "the window reads what a search through everything finds")
        for _ in 0..<200 {
            var (window, all, sequence) = (
                EventWindow(byteLimit: Int.random(in: 1000...20_000, using: &random), after: 3), [LoggedEvent](),
                Position(3)
            )
            for event in (0..<20).flatMap({ _ in RandomEvents.batch(upTo: 4, using: &random) }) {
                sequence += Position.random(in: 1...3, using: &random)
                let event = logged(event, sequence)
                window.append(event, storedAt: time(sequence))
                all.append(event)
            }
            let (after, now) = (
                Position.random(in: window.floor...window.head, using: &random),
                start.adding(seconds: Int64.random(in: 0...25, using: &random))
            )
            let (interest, limit) = (
                RandomEvents.interest(using: &random), Int.random(in: 1...3000, using: &random)
            )
            let step = window.read(after: after, for: interest, byteLimit: limit, now: now)
            var (expected, bytes) = ([Position](), 0)
            for event in all where event.sequence > after && interest.includes(event.audience) && bytes < limit {
                guard event.expiresAt.map({ now < $0 }) ?? true else { continue }
                expected.append(event.sequence)
                bytes += event.frame.byteCount
            }
            #expect(step.events.map(\.sequence) == expected, "SLUICE_SEED=\(random.seed)")
            #expect(step.start == after)
            #expect(!step.reachedHead || step.position == window.head)
        }
    }

    @Test func theMarksOfNotesStandBehindThoseOfEvents() {
        let window = window([2, 4, 5, 9])
        var recent = RecentPlaces()
        #expect(window.marks(above: 2, upTo: 9, with: recent).map(\.sequence) == [4, 5, 9])
        for sequence in Position(5)...8 {
            recent.add(ConsumerPlace(sequence: sequence, number: sequence, storedAt: time(sequence)))
        }
        let known = [4, 5, 6, 7, 8].map { EventWindow.Mark(sequence: $0, storedAt: time($0)) }
        #expect(window.marks(above: 2, upTo: 8, with: recent) == known)
        recent.lose(known[2])
        #expect(window.marks(above: 2, upTo: 8, with: recent) == Array(known.prefix(3)))
        recent.drop(above: 8)
        #expect(window.marks(above: 5, upTo: 7, with: recent).map(\.sequence) == [6, 7])
        #expect(EventWindow(byteLimit: 1, after: 4).marks(above: 2, upTo: 6, with: recent).map(\.sequence) == [5, 6])
    }

    /// Else an idle cluster's trials would leave nothing of what was there before them.
    @Test func emptyMessagesThatFollowEachOtherAreOneMark() {
        var recent = RecentPlaces()
        func add(_ sequence: Position, isEmpty: Bool) {
            recent.add(
                ConsumerPlace(sequence: sequence, number: sequence, storedAt: time(sequence)), isEmpty: isEmpty)
        }
        for sequence in Position(1)...3 { add(sequence, isEmpty: false) }
        for sequence in Position(4)...1000 { add(sequence, isEmpty: true) }
        #expect(recent.marks.map(\.sequence) == [1, 2, 3, 1000])
        add(1001, isEmpty: false)
        for sequence in Position(1002)...1010 { add(sequence, isEmpty: true) }
        #expect(recent.marks.map(\.sequence) == [1, 2, 3, 1000, 1001, 1010])
        recent.drop(above: 1005)
        for sequence in Position(1006)...1008 { add(sequence, isEmpty: true) }
        #expect(recent.marks.map(\.sequence) == [1, 2, 3, 1000, 1001, 1008])
        #expect(recent.newest?.sequence == 1008)
    }

    @Test func aNoteThatWasLostIsLookedAtFirstHoweverMuchCameSince() {
        let (window, note) = (window([2, 4, 200]), EventWindow.Mark(sequence: 6, storedAt: time(6)))
        var recent = RecentPlaces()
        for sequence in Position(100)...200 {
            recent.add(ConsumerPlace(sequence: sequence, number: sequence, storedAt: time(sequence)))
        }
        recent.lose(note)
        let marks = window.marks(above: 0, upTo: 200, with: recent)
        #expect(marks.map(\.sequence) == [2, 4, 6] && marks.last == note)
    }

    @Test func theOldestGoWhereThereIsNoRoomAndTheFloorIsTheLastThatWent() {
        let cost = logged(NewEvent(), 1).cost
        let window = window([2, 5, 9, 11], bytes: 2 * cost)
        #expect(window.count == 2)
        #expect(window.floor == 5)
        #expect(window.head == 11)
        #expect(window.byteCount == 2 * cost)
    }

    @Test func howFarItGoesBackIsKnownWhereNoOlderEventCanBeElsewhere() {
        #expect(window([2, 5, 9]).oldest(above: 0) == time(2))
        #expect(window([2, 5, 9]).oldest(above: 2) == time(5), "the stream has let go of the first")
        #expect(window([2, 5, 9]).oldest(above: 9) == nil && window([]).oldest(above: 0) == nil)
        let narrow = window([2, 5, 9], bytes: 1)
        #expect(narrow.oldest(above: 4) == nil && narrow.oldest(above: 5) == time(9))
    }

    @Test func theNewestStaysHoweverLarge() {
        let window = self.window([2, 5], bytes: 1)
        #expect(window.count == 1)
        #expect(window.floor == 2)
    }

    @Test func marksAreThoseBetweenTwoPlaces() {
        let window = window([2, 5, 9, 11])
        #expect(window.marks(above: 2, upTo: 10).map(\.sequence) == [5, 9])
        #expect(window.marks(above: 0, upTo: 1).isEmpty)
        #expect(window.marks(above: 20, upTo: 1).isEmpty)
        #expect(window.marks(above: 9, upTo: .max) == [EventWindow.Mark(sequence: 11, storedAt: time(11))])
    }

    @Test func itBeginsAnewBehindAPlace() {
        var window = window([2, 5])
        window.restart(after: 40)
        #expect(window.floor == 40 && window.head == 40 && window.count == 0 && window.byteCount == 0)
        let step = window.read(after: 40, for: Interest(user: "alice"), byteLimit: 1000, now: start)
        #expect(step.reachedHead && step.position == 40 && step.events.isEmpty)
    }
}
