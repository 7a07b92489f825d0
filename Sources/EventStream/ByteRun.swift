// Many short pieces, written into a buffer one behind the other. A `ByteBuffer` looks for room, for other holders of
// its memory and for other accesses at each piece that it is given; here it does so once for all of them.

package import NIOCore

/// Room for bytes, and how much of it has been written.
package struct ByteRun {
    private let room: UnsafeMutableRawBufferPointer
    private var count = 0

    fileprivate init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    fileprivate var bytesWritten: Int { count }

    package mutating func write(_ byte: UInt8) {
        room[place(for: 1)] = byte
    }

    package mutating func write(_ bytes: UnsafeRawBufferPointer) {
        let start = place(for: bytes.count)
        guard let source = bytes.baseAddress, let target = room.baseAddress else { return }
        (target + start).copyMemory(from: source, byteCount: bytes.count)
    }

    package mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func write(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0)) }
        // A text that is not stored as UTF-8, which none of ours is.
        if isWritten == nil { for byte in text.utf8 { write(byte) } }
    }

    package mutating func write(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { write($0) }
    }

    /// Writes a number in decimal digits.
    package mutating func write(decimal number: UInt64) {
        let count = Self.decimalDigits(of: number)
        var (index, rest) = (place(for: count) + count, number)
        for _ in 0..<count {
            index -= 1
            room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Writes a number in hexadecimal digits, in lower case.
    package mutating func write(hexadecimal number: UInt64) {
        let count = Self.hexadecimalDigits(of: number)
        var (index, rest) = (place(for: count) + count, number)
        for _ in 0..<count {
            index -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            room[index] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
            rest >>= 4
        }
    }

    /// How many decimal digits a number has.
    package static func decimalDigits(of number: UInt64) -> Int {
        var (count, rest) = (1, number / 10)
        while rest > 0 {
            count += 1
            rest /= 10
        }
        return count
    }

    /// How many hexadecimal digits a number has.
    package static func hexadecimalDigits(of number: UInt64) -> Int {
        max(1, (67 - number.leadingZeroBitCount) / 4)
    }

    /// The most decimal digits that a number can have.
    package static let mostDigits = 20

    private mutating func place(for more: Int) -> Int {
        precondition(more <= room.count - count, "A run has room for all that is written to it.")
        defer { count += more }
        return count
    }
}

extension ByteBuffer {
    /// Appends what `write` writes.
    ///
    /// - Parameter room: how many bytes that can be at the most.
    package mutating func appendRun(room: Int, _ write: (inout ByteRun) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
            var run = ByteRun(bytes)
            write(&run)
            return run.bytesWritten
        }
    }

    /// Puts what `write` writes in front of what is readable.
    ///
    /// - Parameter count: how many bytes that is, no fewer. There has to be room for them in front.
    package mutating func prependRun(count: Int, _ write: (inout ByteRun) -> Void) {
        precondition(count >= 0 && count <= readerIndex, "There is room in front for what is put there.")
        moveReaderIndex(to: readerIndex - count)
        withUnsafeMutableReadableBytes { bytes in
            var run = ByteRun(UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
            write(&run)
            // What is not written over is what the memory held before, and would be sent.
            precondition(run.bytesWritten == count, "A run in front writes all the bytes that were set aside for it.")
        }
    }
}
