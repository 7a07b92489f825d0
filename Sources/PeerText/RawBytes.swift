// Long runs of bytes, by the C library's functions: they look at dozens at once, and all that a peer sends comes by
// here.

internal import Glibc

extension UnsafeRawBufferPointer {
    /// Where the first such byte is at or behind `start`.
    ///
    /// - Parameter start: at most ``count``.
    package func offset(of byte: UInt8, from start: Int = 0) -> Int? {
        guard let baseAddress, let found = memchr(baseAddress + start, CInt(byte), count - start) else { return nil }
        return baseAddress.distance(to: found)
    }

    /// Whether these bytes begin with all of `other`. Not for secrets: it stops at the first that differs.
    package func begins(with other: UnsafeRawBufferPointer) -> Bool {
        count >= other.count && UnsafeRawBufferPointer(rebasing: self[..<other.count]).isSame(as: other)
    }

    /// Whether this is `literal`, which is in lower case, whatever the case of its letters from `A` to `Z`.
    package func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        let expected = UnsafeRawBufferPointer(start: literal.utf8Start, count: count)
        for index in 0..<count where ASCII.lower(self[index]) != expected[index] { return false }
        return true
    }

    /// Whether both are the same bytes. Not for secrets: it stops at the first that differs.
    package func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count, let own = baseAddress, let start = other.baseAddress else {
            return isEmpty && other.isEmpty
        }
        return memcmp(own, start, count) == 0
    }
}
