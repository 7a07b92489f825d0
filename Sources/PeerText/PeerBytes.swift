// Text that a peer sent, compared and cut as the bytes that it is.
//
// `Character` and `String` compare by canonical equivalence: U+037E equals `;`, U+212A equals `K` (and is `k` in lower
// case), and a combining mark behind a separator hides it. Two programs that read a field differently are a hole, so
// nothing here looks at more than one byte. Not for text of our own, or of the operator's.

extension Substring.UTF8View {
    /// Whether this is `literal`, whatever the case of its letters from `A` to `Z`: what the names of codings, schemes
    /// and media types are compared by (RFC 9110 §5.6.2, §8.3.1, §11.1). Any other byte has to be the same.
    ///
    /// - Parameter literal: ASCII, in lower case.
    package func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        let isSame = withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).equalsIgnoringCase(literal) }
        return isSame ?? literal.withUTF8Buffer { elementsEqual($0) { ASCII.lower($0) == $1 } }
    }

    /// Whether both are the same, whatever the case of their letters from `A` to `Z`.
    package func equalsIgnoringCase(_ other: Substring.UTF8View) -> Bool {
        count == other.count && zip(self, other).allSatisfy { ASCII.lower($0) == ASCII.lower($1) }
    }

    /// Whether this is the same bytes as `other`.
    package func isSame(as other: String) -> Bool {
        guard count == other.utf8.count else { return false }
        let isSame = withContiguousStorageIfAvailable { own in
            other.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer(own).isSame(as: .init($0)) }
        }
        return (isSame ?? nil) ?? elementsEqual(other.utf8)
    }

    /// Without the spaces and tabs around it, which are not part of a field's value or of a list's element (RFC 9110
    /// §5.6.3).
    package var trimmed: Substring.UTF8View {
        guard let last = lastIndex(where: { !ASCII.isSpace($0) }) else { return self[endIndex...] }
        return self[...last].drop(while: ASCII.isSpace)
    }

    /// What stands before the first `separator`, and what stands behind it; nothing behind when there is none.
    package func cut(at separator: UInt8) -> (before: Substring.UTF8View, behind: Substring.UTF8View?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (self[..<index], self[self.index(after: index)...])
    }
}

extension String {
    /// Its bytes, to be cut.
    package var bytes: Substring.UTF8View { self[...].utf8 }

    /// As ``Substring/UTF8View/equalsIgnoringCase(_:)``.
    package func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        let isSame = utf8.withContiguousStorageIfAvailable {
            UnsafeRawBufferPointer($0).equalsIgnoringCase(literal)
        }
        return isSame ?? bytes.equalsIgnoringCase(literal)
    }

    /// Whether both are the same bytes.
    package func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { own in
            other.utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer(own).isSame(as: .init($0)) }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether all of its bytes are of one kind.
    package func allBytes(are isOfKind: (UInt8) -> Bool) -> Bool {
        utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isOfKind) } ?? utf8.allSatisfy(isOfKind)
    }

    /// How many bytes stand before the first such one; nothing when there is none.
    package func offset(of byte: UInt8) -> Int? {
        let found = utf8.withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).offset(of: byte) }
        return found ?? utf8.firstIndex(of: byte).map { utf8.distance(from: utf8.startIndex, to: $0) }
    }
}

/// Single bytes.
package enum ASCII {
    /// Space or tab: RFC 9110's OWS (§5.6.3).
    package static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// `0` to `9`.
    package static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// `A` to `Z` and `a` to `z`.
    package static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

    /// What a hexadecimal digit is worth, in either case; nothing for another byte.
    package static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
}
