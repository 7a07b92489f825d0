// Numbers as the protocol has them, without a text of each.

internal import NIOCore

/// A number's digits.
struct DecimalDigits: Sendable {
    private let number: UInt64
    let count: Int

    init(_ number: UInt64) {
        self.number = number
        var (count, rest) = (1, number / 10)
        while rest > 0 {
            count += 1
            rest /= 10
        }
        self.count = count
    }

    /// - Precondition: there is room for all of them from the place on.
    func write(into bytes: UnsafeMutableBufferPointer<UInt8>, at place: Int) {
        var rest = number
        for index in stride(from: place + count - 1, through: place, by: -1) {
            bytes.initializeElement(at: index, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
    }
}

extension ByteBuffer {
    mutating func writeDecimal(_ number: Int) {
        let digits = DecimalDigits(UInt64(number))
        writeWithUnsafeMutableBytes(minimumWritableBytes: digits.count) { room in
            digits.write(into: room.assumingMemoryBound(to: UInt8.self), at: 0)
            return digits.count
        }
    }
}
