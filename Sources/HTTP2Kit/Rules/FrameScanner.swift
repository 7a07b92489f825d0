// Finds the frames in what a client sends, by their headers alone (RFC 9113 §4.1). nghttp2 does not report the frames
// that it ignores: those of unknown types, and those for streams that are over. They have to be counted like all
// others.

/// What has to be known of a frame to count it.
struct FrameHeader: Sendable, Equatable {
    var length = 0
    var type: UInt8 = 0
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    /// How much of the payload of a DATA frame is padding, its length included (RFC 9113 §6.1).
    var padding = 0

    init() {}
}

/// Walks through a connection's bytes from frame to frame. Keeps no bytes.
struct FrameScanner: Sendable {
    /// Bytes that belong to no header: first the preface (RFC 9113 §3.4), then payloads.
    private var passed = 24
    private var header = FrameHeader()
    /// How many bytes of the next header have come.
    private var known = 0

    private static let headerBytes = 9

    init() {}

    /// What to do with a frame.
    enum Step {
        case take
        /// Not to take it: the walk is over.
        case refuse
        /// To leave it for later: the next walk begins with it. Only a frame that may be left.
        case leave
    }

    /// Goes through received bytes.
    ///
    /// - Parameter take: gets each frame as soon as its header is complete, and whether it may be left: not when its
    ///   header began with bytes that were given before.
    /// - Returns: how many bytes come before the frame that was not taken; all of them when there is none.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, _ take: (FrameHeader, Bool) -> Step) -> Int {
        var index = 0
        var beginning = 0
        while index < bytes.count {
            let skipped = min(passed, bytes.count - index)
            passed -= skipped
            index += skipped
            guard passed == 0, index < bytes.count else { break }
            if known == 0 { beginning = index }
            add(bytes[index])
            index += 1
            guard isComplete else { continue }
            let frame = header
            let mayBeLeft = index - beginning == known
            passed = frame.length - (known - Self.headerBytes)
            (header, known) = (FrameHeader(), 0)
            switch take(frame, mayBeLeft) {
            case .take: continue
            case .leave:
                passed = 0
                return beginning
            case .refuse: return beginning
            }
        }
        return bytes.count
    }

    private var isComplete: Bool { known == Self.headerBytes + (isPadded ? 1 : 0) }

    private var isPadded: Bool {
        known >= Self.headerBytes && header.type == FrameType.data && header.flags & Flag.padded != 0
            && header.length > 0
    }

    private mutating func add(_ byte: UInt8) {
        switch known {
        case 0...2: header.length = header.length << 8 | Int(byte)
        case 3: header.type = byte
        case 4: header.flags = byte
        case 5...8: header.stream = header.stream << 8 | UInt32(byte)
        default: header.padding = Int(byte) + 1
        }
        known += 1
        // RFC 9113 §4.1: the first bit of a stream's number is reserved.
        if known == Self.headerBytes { header.stream &= 0x7fff_ffff }
    }
}
