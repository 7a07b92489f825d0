// Blocks of memory that are asked for and hardly ever written to. malloc would make them of pages that others have
// used, and all of them would be resident. Here a page comes from the kernel when something is written to it.

internal import Glibc

/// Blocks of one size, in one range of addresses.
struct UnwrittenBlocks: ~Copyable {
    /// Of ``limit`` blocks; nil when the kernel gives none. It goes back in `deinit`.
    private let base: UnsafeMutableRawPointer?
    private let blockBytes: Int
    private let limit: Int
    /// How many have been given out at least once: the first ones.
    private var begun = 0
    /// The numbers of those that came back; the last one is the first to be used again.
    private var returned: [Int32] = []

    /// - Parameters:
    ///   - blockBytes: the size of each, a part of a page's.
    ///   - limit: how many there are. As long as nobody writes to them, they cost addresses only.
    init(blockBytes: Int, limit: Int) {
        self.blockBytes = blockBytes
        self.limit = limit
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let range = mmap(nil, blockBytes * limit, PROT_READ | PROT_WRITE, flags, -1, 0)
        base = range == MAP_FAILED ? nil : range
        // A huge page would be resident as a whole.
        if let base { madvise(base, blockBytes * limit, MADV_NOHUGEPAGE) }
    }

    deinit {
        if let base { munmap(base, blockBytes * limit) }
    }

    /// - Returns: nil when all are in use.
    mutating func take() -> UnsafeMutableRawPointer? {
        guard let base else { return nil }
        if let number = returned.popLast() { return base + Int(number) * blockBytes }
        guard begun < limit else { return nil }
        defer { begun += 1 }
        return base + begun * blockBytes
    }

    func contains(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let base else { return false }
        return block >= base && block < base + blockBytes * limit
    }

    /// Takes back a block that it has.
    mutating func giveBack(_ block: UnsafeMutableRawPointer) {
        guard let base else { return }
        returned.append(Int32((block - base) / blockBytes))
    }
}
