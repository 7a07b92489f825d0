// What this node knows of keyed messages that may have left the log: the server knows a key for its time, also when the
// oldest event had to make room, but can no longer say what the key stood for. A value.

internal import DequeModule
internal import EventLog

/// The keyed messages that the tail has brought, in the order of the log.
///
/// There are as many as keys may be known (`limits.publish_keys`), of ``lineBytes`` each, and each for the time of a
/// key. The oldest are forgotten first: of one that is forgotten too early nothing is believed.
struct KeyBook: Sendable {
    /// What was stored at a place.
    struct Entry: Sendable, Equatable {
        /// The batch's part of its message's name.
        let batch: Sum
        let index: Int
        /// Of its request.
        let digest: Sum
        let streams: Int

        /// - Parameters:
        ///   - name: as ``MessageID`` makes it.
        ///   - digest: in hexadecimal digits.
        init?(name: String, digest: String, streams: Int) {
            guard let (batch, index) = MessageID.parts(of: name), let batch = Sum(batch), let digest = Sum(digest)
            else { return nil }
            (self.batch, self.index, self.digest, self.streams) = (batch, index, digest, streams)
        }
    }

    /// The 32 bytes of a SHA-256, in place: a table of them holds no other memory.
    struct Sum: Sendable, Equatable {
        // Not a SIMD4, whose alignment would make a line of the book two thirds longer.
        private let first, second, third, fourth: UInt64

        /// - Parameter digits: in hexadecimal.
        init?(_ digits: String) {
            guard let bytes = Hexadecimal.bytes(of: digits), bytes.count == 32 else { return nil }
            func word(_ place: Int) -> UInt64 {
                bytes[(8 * place)..<(8 * place + 8)].reduce(0) { $0 << 8 | UInt64($1) }
            }
            (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
        }
    }

    /// What a message counts for: a line, in a table that has just grown by half.
    static let lineBytes = 160

    private struct Line {
        let sequence: Position
        let storedAt: ServerTime
        let entry: Entry
    }

    private var lines: Deque<Line> = []
    private let limit: Int
    private let lifetime: Int64

    /// - Parameters:
    ///   - limit: how many messages are known at most.
    ///   - seconds: for how long each is, from when it was stored.
    init(limit: Int, seconds: Int64) {
        self.limit = limit
        let (nanoseconds, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        lifetime = isTooLong ? .max : nanoseconds
    }

    var count: Int { lines.count }

    /// The tail has brought a message.
    mutating func note(_ entry: Entry, at sequence: Position, storedAt: ServerTime) {
        // What stands at this place and behind it is of a stream that went back.
        while let last = lines.last, last.sequence >= sequence { lines.removeLast() }
        lines.append(Line(sequence: sequence, storedAt: storedAt, entry: entry))
        while let first = lines.first, lines.count > limit || isOver(first, storedAt) { lines.removeFirst() }
    }

    private func isOver(_ line: Line, _ now: ServerTime) -> Bool {
        let (age, isTooLong) = now.nanoseconds.subtractingReportingOverflow(line.storedAt.nanoseconds)
        return isTooLong || age > lifetime
    }

    /// The stream is another one, or has gone back.
    mutating func removeAll() { lines = [] }

    /// What was stored at a place; nothing when that is not known.
    func entry(at sequence: Position) -> Entry? {
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low < lines.count && lines[low].sequence == sequence ? lines[low].entry : nil
    }
}

extension KeyBook.Entry {
    /// What the entry is to whoever was told that it is theirs.
    ///
    /// - Parameter digest: of their request.
    func found(by name: String, digest: String) -> BatchRounds.Found {
        guard let (batch, index) = MessageID.parts(of: name), KeyBook.Sum(batch) == self.batch, index == self.index
        else { return .missing }
        let isSame = KeyBook.Sum(digest) == self.digest
        return .ours(digest: isSame ? digest : nil, streams: streams)
    }
}
