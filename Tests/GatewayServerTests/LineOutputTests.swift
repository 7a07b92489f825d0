// A line that is not taken as a whole costs itself, and no other.

import SeededRandom
import Testing

@testable import GatewayServer

@Suite struct LineOutputTests {
    private static func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    @Test func theNextLineBeginsAnew() {
        var (output, taken) = (LineOutput(), [UInt8]())
        var room = 7
        func put(_ bytes: ArraySlice<UInt8>) -> Int? {
            let count = min(room, bytes.count)
            guard count > 0 else { return nil }
            room -= count
            taken += bytes.prefix(count)
            return count
        }
        for text in ["one", "two-and-more", "lost"] { output.write(Self.line(text), put: put) }
        room = 100
        for text in ["four", "five"] { output.write(Self.line(text), put: put) }
        #expect(String(decoding: taken, as: UTF8.self) == "one\ntwo\nfour\nfive\n")
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func whateverIsTakenEachLineIsWholeOrABeginning(seed: UInt64) {
        var (output, taken, random) = (LineOutput(), [UInt8](), SeededGenerator(seed: seed))
        let texts = (0..<200).map { "\($0)-" + String(repeating: "x", count: Int.random(in: 0...9, using: &random)) }
        for text in texts {
            output.write(Self.line(text)) { bytes in
                let count = Int.random(in: 0...bytes.count, using: &random)
                taken += bytes.prefix(count)
                return count > 0 ? count : nil
            }
        }
        var next = 0
        for line in String(decoding: taken, as: UTF8.self).split(separator: "\n") {
            // In order, and each a beginning of one that was written.
            while next < texts.count, !texts[next].hasPrefix(line) { next += 1 }
            #expect(next < texts.count, "\(line)")
            next += 1
        }
    }
}
