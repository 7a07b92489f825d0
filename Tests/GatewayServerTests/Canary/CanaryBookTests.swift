// What the canaries' notes, and their absence, mean for a probe.

import EventHub
import NIOCore
import Testing

@testable import GatewayServer

@Suite struct CanaryBookTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    /// Two loops, whose canaries are open and have heard the first note.
    private static func healthy() -> CanaryBook {
        var book = CanaryBook(loops: 2, limit: .seconds(6))
        for loop in 0...1 { book.opened(on: loop, at: at(0)) }
        book.sends(1, at: at(1))
        book.tries(at: at(1))
        book.wrote()
        for loop in 0...1 { book.heard(1, isLogged: true, on: loop) }
        return book
    }

    private static func silence(of loop: Int) -> CanaryBook.Faults {
        CanaryBook.Faults(streaming: ["event loop \(loop)'s canary has heard nothing for 6 s"])
    }

    /// Why a canary can't be opened may be its own matter, and others may be served well.
    @Test func whatIsNotKnownIsNoFault() {
        var book = CanaryBook(loops: 2, limit: .seconds(6))
        book.sends(1, at: Self.at(0))
        #expect(book.faults(at: Self.at(1000)) == CanaryBook.Faults())
        #expect(book.unknown == [0, 1])
        #expect(book.ages(at: Self.at(1000)) == [nil, nil])
        book = Self.healthy()
        #expect(book.unknown.isEmpty)
        book.closed(on: 1, at: Self.at(2))
        for second in 3...20 {
            book.sends(UInt64(second), at: Self.at(Int64(second)))
            book.heard(UInt64(second), isLogged: true, on: 0)
        }
        #expect(book.faults(at: Self.at(20)) == CanaryBook.Faults())
        #expect(book.unknown == [1])
        #expect(book.ages(at: Self.at(20)) == [.zero, nil])
    }

    @Test func aLoopThatHearsNothingIsRedForStreams() {
        var book = Self.healthy()
        for second in 2...8 {
            book.sends(UInt64(second), at: Self.at(Int64(second)))
            book.heard(UInt64(second), isLogged: true, on: 0)
        }
        #expect(book.faults(at: Self.at(7)) == CanaryBook.Faults())
        #expect(book.faults(at: Self.at(8)) == Self.silence(of: 1))
        book.heard(2, isLogged: true, on: 1)
        #expect(book.faults(at: Self.at(8)) == CanaryBook.Faults(), "it is late, and not silent")
        #expect(book.faults(at: Self.at(9)) == Self.silence(of: 1), "the third note is owed since then")
        book.heard(8, isLogged: true, on: 1)
        #expect(book.faults(at: Self.at(100)) == CanaryBook.Faults())
    }

    /// A process that stood still has told nobody anything meanwhile.
    @Test func aPauseOfAllIsNobodysSilence() {
        var book = Self.healthy()
        #expect(book.faults(at: Self.at(1000)) == CanaryBook.Faults())
        #expect(book.deaf(at: Self.at(1000)).isEmpty)
        book.sends(2, at: Self.at(1000))
        #expect(book.faults(at: Self.at(1005)) == CanaryBook.Faults())
        #expect(book.faults(at: Self.at(1006)).streaming.count == 2)
    }

    /// A canary gets time to hear, and one that has just come gets as much.
    @Test func aSilentCanaryIsReplacedAfterTwiceTheLimit() {
        var book = Self.healthy()
        book.sends(2, at: Self.at(2))
        #expect(book.deaf(at: Self.at(13)).isEmpty)
        #expect(book.deaf(at: Self.at(14)) == [0, 1])
        for loop in 0...1 { book.closed(on: loop, at: Self.at(14)) }
        #expect(book.deaf(at: Self.at(15)).isEmpty)
        #expect(book.faults(at: Self.at(1000)).streaming.count == 2, "it was silent, and nothing says that it is not")
        #expect(book.unknown.isEmpty)
        book.opened(on: 0, at: Self.at(20))
        #expect(book.faults(at: Self.at(20)) == Self.silence(of: 1))
        book.sends(3, at: Self.at(21))
        #expect(book.faults(at: Self.at(26)) == Self.silence(of: 1))
        #expect(book.deaf(at: Self.at(32)).isEmpty)
        book.heard(3, isLogged: false, on: 0)
        #expect(book.faults(at: Self.at(40)) == Self.silence(of: 1))
    }

    /// Streams need no log that can be written, and get notes all the same.
    @Test func aStuckLogIsRedForPublishersAndItsAgeGrows() {
        var book = Self.healthy()
        for second in 2...8 {
            book.sends(UInt64(second), at: Self.at(Int64(second)))
            book.tries(at: Self.at(Int64(second)))
            for loop in 0...1 { book.heard(UInt64(second), isLogged: false, on: loop) }
        }
        #expect(book.faults(at: Self.at(7)) == CanaryBook.Faults())
        #expect(
            book.faults(at: Self.at(8))
                == CanaryBook.Faults(publishing: ["no canary has come through the event log for 6 s"]))
        #expect(book.ages(at: Self.at(8)) == [.seconds(7), .seconds(7)])
        book.wrote()
        #expect(book.faults(at: Self.at(1000)) == CanaryBook.Faults())
    }

    @Test func anAgeIsTheTimeSinceTheNoteWasSent() {
        var book = CanaryBook(loops: 1, limit: .seconds(6))
        book.opened(on: 0, at: Self.at(0))
        #expect(book.ages(at: Self.at(3)) == [.seconds(3)], "it grows from the start")
        book.sends(1, at: Self.at(3))
        book.sends(2, at: Self.at(5))
        book.heard(1, isLogged: true, on: 0)
        #expect(book.ages(at: Self.at(6)) == [.seconds(3)])
        book.heard(2, isLogged: true, on: 0)
        book.heard(1, isLogged: true, on: 0)
        #expect(book.ages(at: Self.at(7)) == [.seconds(2)], "a late note makes nothing older")
        book.heard(9, isLogged: true, on: 0)
        #expect(book.ages(at: Self.at(8)) == [.seconds(3)], "nobody has sent that one")
    }
}

@Suite struct CanaryAttemptTests {
    /// As many fail together as there are ways, or a multiple.
    @Test(arguments: [1, 2, 3, 6]) func eachBeatTriesTheNextWay(loops: Int) {
        var attempt = CanaryAttempt()
        var tried: [Int] = []
        for _ in 0..<3 {
            let isTime = attempt.begins(beat: .seconds(2), ways: 3)
            #expect(isTime)
            let way = attempt.way
            tried.append(way)
            for _ in 0..<loops { attempt.failed(way, "refused", of: 3) }
        }
        #expect(tried == [0, 1, 2])
        #expect(attempt.reason == "refused")
    }

    @Test func itIsTriedMoreAndMoreSeldom() {
        var attempt = CanaryAttempt()
        var beats: [Int] = []
        for beat in 0..<130 where attempt.begins(beat: .seconds(2), ways: 1) {
            beats.append(beat)
            attempt.failed(0, nil, of: 1)
        }
        #expect(beats == [0, 2, 5, 10, 19, 36, 67, 98, 129])
        attempt.succeeded()
        let isTime = attempt.begins(beat: .seconds(2), ways: 1)
        #expect(isTime)
    }
}

@Suite struct CanaryTrustTests {
    @Test(
        arguments: [
            (["localhost", "*.example.com"], "localhost"), (["*.example.com"], "canary.example.com"),
            (["*.internal", "gw.internal"], "gw.internal"), (["*.internal"], nil), (["*.example.com", "::1"], "::1"),
            (["a..b", "", "böse.example", "192.0.2.1"], "192.0.2.1"), (["f*.example.com", "a.*.example"], nil),
            ([], nil),
        ] as [([String], String?)]) func aNameIsOneThatAClientCouldAskFor(names: [String], name: String?)
    {
        #expect(CanaryTrust.serverName(of: names) == name)
    }
}

@Suite struct CanaryReadingTests {
    private static let response =
        "HTTP/1.0 200 OK\r\ndate: now\r\nsluice-canary: 3\r\ncontent-type: text/event-stream\r\n\r\n"
        + "event: sluice.canary\ndata: 17 logged\n\nevent: sluice.canary\ndata: 18\n\n"

    @Test(arguments: [1, 2, 3, 7, 1000]) func aResponseIsReadInPiecesOfAnySize(size: Int) {
        var reading = CanaryReading()
        var words: [CanaryReading.Word] = []
        var rest = Array(Self.response.utf8)[...]
        while !rest.isEmpty {
            words += reading.take(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        #expect(
            words == [
                .opened(loop: 3), .note(CanaryNote(number: 17, isLogged: true)),
                .note(CanaryNote(number: 18, isLogged: false)),
            ])
    }

    @Test(arguments: [
        "HTTP/1.0 401 Unauthorized\r\n", "SSH-2.0\r\n", "HTTP/1.0 200 OK\r\n\r\n",
        String(repeating: "a", count: 5000),
    ]) func anythingElseIsNone(text: String) {
        var reading = CanaryReading()
        #expect(reading.take(text.utf8).contains(.other))
    }
}
