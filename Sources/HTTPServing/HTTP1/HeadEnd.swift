// Where a request's head ends, over any number of reads: behind its empty line (RFC 9112 §2.1).

internal import PeerText

/// Looks for CR LF CR LF.
struct HeadEnd: Sendable {
    /// How many bytes of it came last.
    private var matched = 0
    private static let pattern: InlineArray<4, UInt8> = [0x0d, 0x0a, 0x0d, 0x0a]

    init() {}

    /// The offset behind the first end in `bytes`; nothing when none ends there.
    mutating func find(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        while index < bytes.count {
            if matched == 0 {
                guard let start = bytes.offset(of: Self.pattern[0], from: index) else { return nil }
                index = start
            }
            take(bytes[index])
            index += 1
            if matched == 4 {
                matched = 0
                return index
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) {
        if byte == Self.pattern[matched] {
            matched += 1
        } else {
            matched = byte == Self.pattern[0] ? 1 : 0
        }
    }
}
