// What is known about a log's last use from outside its file. A file that comes back from a copy tells its own past as
// truth, and only something that did not come back with it can contradict. A value: `WitnessFile` keeps it.

internal import EventLog

/// One use of a log's file, from opening to closing. Its name is one that no other use has had.
struct UseID: Sendable, Equatable {
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(using random: inout some RandomNumberGenerator) {
        self.init(high: random.next(), low: random.next())
    }

    /// The name as it is in the log's file: 32 hexadecimal digits.
    init?(_ text: String) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    var text: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// How a log's file was last used.
struct LogWitness: Sendable, Equatable {
    let use: UseID
    /// The file's inode. Its device is not recorded, because a device's number can change with each boot.
    let file: UInt64
    /// The inode of the file's journal (`-wal`).
    let journal: UInt64
    /// Whether the file itself names the use, and not only its journal.
    let isInFile: Bool
    /// The newest event that anybody may know of. Never beyond what the file has.
    var head: Position
    var isClosed = false
}

// MARK: The record

extension LogWitness {
    /// The record's size in bytes. It is less than a disk's sector, so that it is written as a whole or not at all.
    static let byteCount = 64
    /// "SluiceW1", the last digit being the record's format.
    private static let magic: UInt64 = 0x5331_5765_6369_756C

    /// The record as eight numbers, the last of which is a sum over the others.
    var bytes: [UInt8] {
        let flags: UInt64 = (isClosed ? 1 : 0) | (isInFile ? 2 : 0)
        let words: [UInt64] = [Self.magic, use.high, use.low, file, journal, head, flags]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        for word in words + [Self.sum(words)] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Reads a record; nil for anything else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        let words: [UInt64] = (0..<8).map { word in
            bytes[word * 8..<(word + 1) * 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard words[0] == Self.magic, words[7] == Self.sum(Array(words.dropLast())), words[6] < 4 else { return nil }
        self.init(
            use: UseID(high: words[1], low: words[2]), file: words[3], journal: words[4], isInFile: words[6] & 2 != 0,
            head: words[5], isClosed: words[6] & 1 != 0)
    }

    /// FNV-1a over whole numbers. It guards against a torn or half-made record, not against people.
    private static func sum(_ words: [UInt64]) -> UInt64 {
        words.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01B3 }
    }
}
