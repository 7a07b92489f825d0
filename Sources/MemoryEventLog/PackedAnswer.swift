// What a publish key is known by and answered with, in as few bytes as it takes: there may be a hundred thousand of
// them.

internal import EventLog

/// A request's digest, and how many streams there were for each of its events: seven bits a byte, the lowest first, the
/// eighth for "more follows" (LEB128), since most are small.
struct PackedAnswer {
    private let bytes: [UInt8]
    private let digestLength: UInt8

    init(digest: [UInt8], streamCounts: [Int]) {
        var packed: [UInt8] = []
        packed.reserveCapacity(digest.count + streamCounts.count)
        packed += digest
        for count in streamCounts {
            var rest = UInt64(max(0, count))
            while rest > 0x7f {
                packed.append(UInt8(rest & 0x7f) | 0x80)
                rest >>= 7
            }
            packed.append(UInt8(rest))
        }
        // A copy has no room to spare.
        bytes = packed.count == packed.capacity ? packed : Array(packed.lazy.map(\.self))
        digestLength = UInt8(clamping: digest.count)
    }

    /// What it takes up, its block's header included.
    var cost: Int { EventCost.bytes(ofText: max(16, bytes.count)) }

    func isOf(_ digest: [UInt8]) -> Bool { bytes.prefix(Int(digestLength)).elementsEqual(digest) }

    var streamCounts: [Int] {
        var (counts, count, shift): ([Int], UInt64, UInt64) = ([], 0, 0)
        for byte in bytes.dropFirst(Int(digestLength)) {
            count |= UInt64(byte & 0x7f) << shift
            shift += 7
            guard byte & 0x80 == 0 else { continue }
            counts.append(Int(clamping: count))
            (count, shift) = (0, 0)
        }
        return counts
    }
}
