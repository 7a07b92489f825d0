// What the canaries' notes, and their absence, mean for a probe.

import EventHub
import NIOCore
import Testing

@testable import GatewayServer

@Suite struct CanaryBookTests {
    private static func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private var book = CanaryBook(loops: 2, limit: .seconds(6), began: at(0))

    private static func healthy() -> CanaryBook {
        var book = CanaryBook(loops: 2, limit: .seconds(6), began: at(0))
        book.sends(1, at: at(1))
        book.wrote(at: at(1))
        for loop in 0...1 { book.heard(1, isLogged: true, on: loop, at: at(1)) }
        return book
    }

    @Test func nothingIsRightBeforeTheFirstNote() {
        let faults = book.faults(at: Self.at(0))
        #expect(faults.publishing.count == 1 && faults.streaming.count == 2)
        #expect(!book.isSettled(at: Self.at(5)))
        #expect(book.isSettled(at: Self.at(6)))
        #expect(Self.healthy().faults(at: Self.at(1)) == CanaryBook.Faults())
        #expect(Self.healthy().isSettled(at: Self.at(1)))
    }

    @Test func aLoopThatHearsNothingIsRedForStreams() {
        var book = Self.healthy()
        for second in 2...8 {
            book.sends(UInt64(second), at: Self.at(Int64(second)))
            book.wrote(at: Self.at(Int64(second)))
            book.heard(UInt64(second), isLogged: true, on: 0, at: Self.at(Int64(second)))
        }
        #expect(book.faults(at: Self.at(6)) == CanaryBook.Faults())
        #expect(
            book.faults(at: Self.at(8))
                == CanaryBook.Faults(streaming: ["event loop 1's canary has heard nothing for 6 s"]))
        #expect(book.silent(at: Self.at(8)) == [1])
        book.heard(8, isLogged: true, on: 1, at: Self.at(9))
        #expect(book.faults(at: Self.at(9)) == CanaryBook.Faults())
    }

    /// Streams need no log that can be written, and get notes all the same.
    @Test func aStuckLogIsRedForPublishersAndItsAgeGrows() {
        var book = Self.healthy()
        for second in 2...8 {
            book.sends(UInt64(second), at: Self.at(Int64(second)))
            for loop in 0...1 { book.heard(UInt64(second), isLogged: false, on: loop, at: Self.at(Int64(second))) }
        }
        #expect(
            book.faults(at: Self.at(8))
                == CanaryBook.Faults(publishing: ["no canary has come through the event log for 6 s"]))
        #expect(book.ages(at: Self.at(8)) == [.seconds(7), .seconds(7)])
    }

    @Test func anAgeIsTheTimeSinceTheNoteWasSent() {
        var book = CanaryBook(loops: 1, limit: .seconds(6), began: Self.at(0))
        #expect(book.ages(at: Self.at(3)) == [.seconds(3)], "it grows from the start")
        book.sends(1, at: Self.at(3))
        book.sends(2, at: Self.at(5))
        book.heard(1, isLogged: true, on: 0, at: Self.at(6))
        #expect(book.ages(at: Self.at(6)) == [.seconds(3)])
        book.heard(2, isLogged: true, on: 0, at: Self.at(6))
        book.heard(1, isLogged: true, on: 0, at: Self.at(7))
        #expect(book.ages(at: Self.at(7)) == [.seconds(2)], "a late note makes nothing older")
        book.heard(9, isLogged: true, on: 0, at: Self.at(8))
        #expect(book.ages(at: Self.at(8)) == [.seconds(3)], "nobody has sent that one")
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
