// What a node knows of keyed messages that have left the log, and what it makes of a retry of one.

import CAllocationCounter
import EventLog
import Testing

@testable import JetStreamEventLog

@Suite struct KeyBookTests {
    private static let batch = String(repeating: "0a", count: 32)
    private static let digest = String(repeating: "1b", count: 32)

    private func entry(_ index: Int = 0, digest: String = Self.digest, streams: Int = 3) throws -> KeyBook.Entry {
        try #require(KeyBook.Entry(name: "\(Self.batch)/\(index)", digest: digest, streams: streams))
    }

    private func time(_ seconds: Int64) -> ServerTime { ServerTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func whatWasThereIsFoundByItsPlace() throws {
        var book = KeyBook(limit: 10, seconds: 60)
        for place in [3, 7, 9] as [Position] {
            book.note(try entry(streams: Int(place)), at: place, storedAt: time(0))
        }
        #expect(book.entry(at: 7)?.streams == 7 && book.entry(at: 9)?.streams == 9)
        #expect([0, 1, 4, 8, 10].allSatisfy { book.entry(at: $0) == nil })
    }

    @Test func theOldestAreForgottenFirst() throws {
        var book = KeyBook(limit: 2, seconds: 60)
        for place in 1...3 as ClosedRange<Position> { book.note(try entry(), at: place, storedAt: time(0)) }
        #expect(book.entry(at: 1) == nil && book.entry(at: 2) != nil && book.count == 2)
        book.note(try entry(), at: 4, storedAt: time(61))
        #expect(book.count == 1, "the others' keys are forgotten by the server, too")
    }

    /// A table that has just grown by half has the most for each. The runtime's own tables may grow meanwhile, so the
    /// least of three books is what a book takes up.
    @Test(arguments: [100, 1000, 5000])
    func `a key counts for as much as it takes up, and no more than twice that`(limit: Int) throws {
        let books = try (0..<3).map { _ in try bytesForEachKey(limit: limit) }
        #expect(try #require(books.map(\.most).min()) <= KeyBook.lineBytes)
        #expect(try #require(books.map(\.last).min()) >= KeyBook.lineBytes / 2)
    }

    /// While a book is filled and turned over: at most, and in the end.
    private func bytesForEachKey(limit: Int) throws -> (most: Int, last: Int) {
        let entry = try entry()
        let before = held_bytes()
        var book = KeyBook(limit: limit, seconds: 60)
        var most = 0
        for place in 1...Position(2 * limit) {
            book.note(entry, at: place, storedAt: time(0))
            if book.count > 50 { most = max(most, (held_bytes() - before + book.count - 1) / book.count) }
        }
        return (most, (held_bytes() - before) / book.count)
    }

    @Test func whatAStreamThatWentBackHasInItsPlaceCounts() throws {
        var book = KeyBook(limit: 10, seconds: 60)
        for place in 1...5 as ClosedRange<Position> { book.note(try entry(), at: place, storedAt: time(0)) }
        book.note(try entry(streams: 8), at: 3, storedAt: time(1))
        #expect(book.count == 3 && book.entry(at: 3)?.streams == 8 && book.entry(at: 4) == nil)
        book.removeAll()
        #expect(book.entry(at: 1) == nil)
    }

    @Test func onlyTheSameRequestIsOurs() throws {
        let entry = try entry(2)
        let name = "\(Self.batch)/2"
        #expect(entry.found(by: name, digest: Self.digest) == .ours(digest: Self.digest, streams: 3))
        let other = String(repeating: "2c", count: 32)
        #expect(entry.found(by: name, digest: other) == .ours(digest: nil, streams: 3), "which is refused as another")
        #expect(entry.found(by: name + "~2", digest: Self.digest) == .ours(digest: Self.digest, streams: 3))
        for foreign in ["\(Self.batch)/1", "\(other)/2", "x", ""] {
            #expect(entry.found(by: foreign, digest: Self.digest) == .missing)
        }
    }

    @Test(arguments: [
        "", "x", "/0", "0a/0", String(repeating: "0a", count: 32), String(repeating: "zz", count: 32) + "/0",
    ])
    func aNameOfAnotherKindIsNotKept(name: String) {
        #expect(KeyBook.Entry(name: name, digest: Self.digest, streams: 0) == nil)
    }
}

@Suite struct OutlivedKeyTests {
    private let start = ContinuousClock.now

    private func duplicate() -> BatchRounds {
        var rounds = BatchRounds([1], digest: "d", rules: PublishRules(), now: start)
        _ = rounds.begin()
        _ = rounds.stored(0, at: 5, isDuplicate: true, now: start)
        return rounds
    }

    /// Nobody knows whether the event that has left the log was this one: 200 would lose another.
    @Test func whatIsNotKnownToBeTheSameIsRefused() {
        var rounds = duplicate()
        #expect(rounds.found(0, at: 5, .expired, now: start) == .fail(.keyOutlived))
        #expect(BatchRounds.Failure.keyOutlived.error.code == .keyReused)
        #expect(EventLogError.keyOutlived.advice != EventLogError.keyReused.advice)
    }

    @Test func whatIsKnownToBeTheSameIsARepeat() {
        var rounds = duplicate()
        guard case .succeed(let places, true) = rounds.found(0, at: 5, .ours(digest: "d", streams: 9), now: start)
        else {
            Issue.record("it is refused")
            return
        }
        #expect(places.map(\.sequence) == [5] && places.map(\.streams) == [9])
    }
}
