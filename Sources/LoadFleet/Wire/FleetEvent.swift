internal import NIOCore

/// The data of an event that the fleet publishes: `{"l":<lane>,"n":<number>,"t":<time>,"pad":"xxx…"}`.
///
/// It is read and written without a JSON reader, because each delivery is read. It reads only what it has written
/// itself.
struct FleetEvent: Sendable, Equatable {
    /// The lane of the event.
    let lane: Int
    /// Its number in the lane, from 1.
    let number: UInt32
    /// When it was due to be sent, in nanoseconds of this process's monotonic clock.
    let sentAt: UInt64

    /// The fewest bytes of data that have room for every lane, number and time.
    static let minimumBytes = 80

    init(lane: Int, number: UInt32, sentAt: UInt64) {
        self.lane = lane
        self.number = number
        self.sentAt = sentAt
    }

    /// Reads an event's data.
    ///
    /// - Returns: `nil` when this fleet did not write it.
    init?(data: Span<UInt8>) {
        var reader = DigitReader()
        guard let lane = reader.number(behind: #"{"l":"#, in: data),
            let number = reader.number(behind: #","n":"#, in: data),
            let sentAt = reader.number(behind: #","t":"#, in: data),
            lane <= UInt32.max, (1...UInt64(UInt32.max)).contains(number)
        else { return nil }
        self.init(lane: Int(lane), number: UInt32(number), sentAt: sentAt)
    }

    /// Writes the event's data.
    ///
    /// - Parameters:
    ///   - byteCount: how long it should be; longer when the numbers need it.
    ///   - buffer: gets the data at its end.
    func write(byteCount: Int, to buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeString("{\"l\":\(lane),\"n\":\(number),\"t\":\(sentAt),\"pad\":\"")
        let missing = byteCount - (buffer.writerIndex - start) - 2
        if missing > 0 { buffer.writeRepeatingByte(UInt8(ascii: "x"), count: missing) }
        buffer.writeString("\"}")
    }
}

/// Reads numbers between fixed words.
private struct DigitReader {
    private var position = 0

    /// The number behind the words; `nil` when they are not the next ones or no number follows them.
    mutating func number(behind words: StaticString, in bytes: Span<UInt8>) -> UInt64? {
        guard bytes.hasBytes(words, at: position) else { return nil }
        position += words.utf8CodeUnitCount
        let start = position
        var value: UInt64 = 0
        while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit <= 9 {
            let (tenfold, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeNow) = tenfold.addingReportingOverflow(UInt64(digit))
            guard !isTooLarge, !isTooLargeNow else { return nil }
            value = sum
            position += 1
        }
        return position > start ? value : nil
    }
}

extension Span<UInt8> {
    /// Whether the words stand at a place.
    func hasBytes(_ words: StaticString, at position: Int) -> Bool {
        guard position + words.utf8CodeUnitCount <= count else { return false }
        return words.withUTF8Buffer { words in
            for index in words.indices where words[index] != self[position + index] { return false }
            return true
        }
    }
}
