import EventLog
import Foundation
import SeededRandom
import Testing

@testable import SQLiteEventLog

/// Whether a file is the one that was last used: its own words against its witness.
@Suite struct ContinuityTests {
    private static let (first, second, third) = (
        UseID(high: 1, low: 1), UseID(high: 2, low: 2), UseID(high: 3, low: 3)
    )

    private static func file(
        _ use: UseID? = second, previous: UseID? = first, closed: Bool = false, head: Position = 10, inode: UInt64 = 7
    ) -> FileRecord {
        FileRecord(use: use, previousUse: previous, wasClosed: closed, head: head, inode: inode)
    }

    private static func witness(
        _ use: UseID = second, closed: Bool = false, head: Position = 10, inode: UInt64 = 7
    ) -> LogWitness {
        LogWitness(use: use, file: inode, journal: 8, isInFile: true, head: head, isClosed: closed)
    }

    private static func judge(_ file: FileRecord, _ witness: LogWitness?, usedHere: Bool = true) -> Continuity {
        Continuity(file, witness: witness, wasUsedHere: usedHere)
    }

    @Test func `the file that was last used goes on, killed or closed`() {
        #expect(Self.judge(Self.file(), Self.witness()) == .goesOn)
        #expect(Self.judge(Self.file(closed: true), Self.witness(closed: true)) == .goesOn)
        #expect(Self.judge(Self.file(head: 12), Self.witness(head: 10)) == .goesOn, "killed behind a commit")
        #expect(Self.judge(Self.file(closed: true), Self.witness()) == .goesOn, "killed while closing")
        let startedOnly = Self.file(Self.third, previous: Self.second)
        #expect(Self.judge(startedOnly, Self.witness()) == .goesOn, "killed while opening")
    }

    @Test(arguments: [false, true]) func `a copy of an earlier use breaks`(wasClosed: Bool) {
        let copy = Self.file(Self.first, previous: nil, closed: wasClosed)
        #expect(Self.judge(copy, Self.witness()) == .breaks(.otherUse), "put over the file (cp)")
        #expect(Self.judge(copy, Self.witness(closed: true)) == .breaks(.otherUse), "restored in place (.restore)")
        #expect(Self.judge(Self.file(Self.first, inode: 9), Self.witness()) == .breaks(.otherFile), "moved in (mv)")
    }

    @Test func `a copy of the last use that is behind it breaks`() {
        #expect(Self.judge(Self.file(head: 9), Self.witness(head: 10)) == .breaks(.older))
        #expect(Self.judge(Self.file(), Self.witness(closed: true)) == .breaks(.leftOpen))
        #expect(Self.judge(Self.file(inode: 9), Self.witness()) == .breaks(.otherFile))
        let startedOnly = Self.file(Self.third, previous: Self.second, head: 9)
        #expect(Self.judge(startedOnly, Self.witness()) == .breaks(.older))
    }

    @Test func `a closed file that somebody has added to breaks`() {
        #expect(Self.judge(Self.file(closed: true, head: 11), Self.witness(closed: true)) == .breaks(.changed))
    }

    @Test func `a file without its witness breaks`() {
        #expect(Self.judge(Self.file(), nil) == .breaks(.unwitnessed))
        #expect(Self.judge(Self.file(closed: true), nil) == .breaks(.unwitnessed))
    }

    @Test func `a file of a Sluice that kept no witness goes on once, where it was`() {
        let old = Self.file(nil, previous: nil)
        #expect(Self.judge(old, nil) == .goesOn)
        #expect(Self.judge(old, nil, usedHere: false) == .breaks(.unwitnessed), "brought from elsewhere")
        #expect(Self.judge(old, Self.witness()) == .breaks(.otherUse), "a copy from before the first witness")
    }

    @Test func `each break tells the operator something else`() {
        let texts = Continuity.Break.allCases.map(\.rawValue)
        #expect(Set(texts).count == texts.count)
    }

    // MARK: The record

    @Test func `a witness reads as it was written`() {
        var random = SeededGenerator(test: "a witness reads as it was written")
        for _ in 0..<100 {
            let witness = LogWitness(
                use: UseID(using: &random), file: random.next(), journal: random.next(),
                isInFile: Bool.random(using: &random), head: random.next(), isClosed: Bool.random(using: &random))
            #expect(witness.bytes.count == LogWitness.byteCount)
            #expect(LogWitness(witness.bytes) == witness)
            #expect(UseID(witness.use.text) == witness.use)
        }
    }

    @Test func `a torn, cut or foreign record is none`() {
        let (old, new) = (Self.witness(head: 10).bytes, Self.witness(Self.third, head: 1 << 40).bytes)
        for place in 1..<LogWitness.byteCount where old[..<place] + new[place...] != new[...] {
            let torn = LogWitness(Array(old[..<place] + new[place...]))
            #expect(torn == nil || torn == LogWitness(old), "torn at \(place)")
        }
        #expect(LogWitness([]) == nil)
        #expect(LogWitness(Array(new.dropLast())) == nil)
        #expect(LogWitness(new + [0]) == nil)
        #expect(LogWitness(Array(repeating: 0, count: LogWitness.byteCount)) == nil)
        for text in ["", "x", String(repeating: "g", count: 32), String(repeating: "0", count: 33)] {
            #expect(UseID(text) == nil)
        }
    }
}

/// Whether the open files are the ones at their paths, with a file system made of values.
@Suite struct LogPlaceTests {
    private static let (file, journal) = (FileIdentity(device: 1, inode: 7), FileIdentity(device: 1, inode: 8))

    private static func code(_ now: [String: FileIdentity]) -> String? {
        let place = LogPlace("log.db") { ["log.db": file, "log.db-wal": journal][$0] }
        do {
            try place.check { now[$0] }
            return nil
        } catch {
            return error.message.components(separatedBy: " while ").first
        }
    }

    @Test func `each way of not being there is told with its file`() {
        #expect(Self.code(["log.db": Self.file, "log.db-wal": Self.journal]) == nil)
        #expect(Self.code([:]) == "log.db is gone")
        #expect(Self.code(["log.db": Self.file]) == "log.db-wal is gone")
        #expect(Self.code(["log.db": Self.journal, "log.db-wal": Self.journal]) == "log.db is another file")
        let elsewhere = FileIdentity(device: 2, inode: 7)
        #expect(
            Self.code(["log.db": elsewhere, "log.db-wal": Self.journal]) == "log.db is another file", "another disk's")
    }
}
