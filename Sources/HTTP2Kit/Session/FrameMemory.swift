// Where nghttp2's sessions keep their memory. Each session has one large block, and uses only its beginning. malloc
// would make that block of pages that others have used, and all of it would be resident.

internal import CNGHTTP2

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Memory for the sessions of one event loop. Confined to that loop. It lives as long as any of them.
///
/// A session makes frames in a block of 16 KiB (NGHTTP2_FRAMEBUF_CHUNKLEN). An event's bytes never enter it, so it
/// writes only the first of the block's pages. Here the block begins with a page, and its pages come from the kernel: 4
/// KiB instead of 16 are resident. Everything else comes from malloc.
final class FrameMemory {
    /// Free places for large blocks, ``slotBytes`` each; the last one that became free is the first to be used again.
    private var slots: [UnsafeMutableRawPointer] = []
    /// The memory taken from the kernel. It goes back in `deinit`.
    private var slabs: [UnsafeMutableRawPointer] = []

    private static let slotBytes = 16 * 1024 + 128
    private static let slotsPerSlab = 64
    private static let slabBytes = pitch * slotsPerSlab
    /// From one slot to the next: whole pages.
    private static let pitch = 20 * 1024
    /// How much further into its page each slot begins than the one before. If all began at the same place, the
    /// processor would keep them in the same few lines of its caches.
    private static let stagger = 64
    /// A block of at least this size gets a slot, if it fits into one.
    private static let largeBytes = 16 * 1024
    /// The header in front of each block says what the block is. It is as large as malloc's alignment.
    private static let headerBytes = 16

    private enum Kind: UInt8 {
        case small, slot
    }

    deinit {
        for slab in slabs { munmap(slab, Self.slabBytes) }
    }

    /// Lends nghttp2 the functions for getting memory. It copies them. Whoever makes a session keeps this object.
    func withFunctions<Result>(_ body: (UnsafeMutablePointer<nghttp2_mem>) -> Result) -> Result {
        var functions = nghttp2_mem(
            mem_user_data: Unmanaged.passUnretained(self).toOpaque(), malloc: Self.allocateCall, free: Self.releaseCall,
            calloc: Self.allocateClearCall, realloc: Self.resizeCall)
        return body(&functions)
    }

    // MARK: Blocks

    func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        let (total, isTooLarge) = count.addingReportingOverflow(Self.headerBytes)
        guard !isTooLarge else { return nil }
        if count >= Self.largeBytes, total <= Self.slotBytes, let slot = takeSlot() { return Self.label(slot, .slot) }
        return malloc(total).map { Self.label($0, .small) }
    }

    func release(_ block: UnsafeMutableRawPointer?) {
        guard let block else { return }
        let start = block - Self.headerBytes
        switch Self.kind(of: block) {
        case .slot: slots.append(start)
        case .small: free(start)
        }
    }

    func resize(_ block: UnsafeMutableRawPointer?, to count: Int) -> UnsafeMutableRawPointer? {
        guard let block else { return allocate(count) }
        let (total, isTooLarge) = count.addingReportingOverflow(Self.headerBytes)
        guard !isTooLarge else { return nil }
        guard Self.kind(of: block) == .slot else {
            return realloc(block - Self.headerBytes, total).map { $0 + Self.headerBytes }
        }
        guard total > Self.slotBytes else { return block }
        guard let larger = allocate(count) else { return nil }
        larger.copyMemory(from: block, byteCount: Self.slotBytes - Self.headerBytes)
        release(block)
        return larger
    }

    private static func label(_ start: UnsafeMutableRawPointer, _ kind: Kind) -> UnsafeMutableRawPointer {
        start.storeBytes(of: kind.rawValue, as: UInt8.self)
        return start + headerBytes
    }

    private static func kind(of block: UnsafeMutableRawPointer) -> Kind {
        (block - headerBytes).load(as: UInt8.self) == Kind.slot.rawValue ? .slot : .small
    }

    // MARK: Slabs

    private func takeSlot() -> UnsafeMutableRawPointer? {
        if slots.isEmpty { addSlab() }
        return slots.popLast()
    }

    /// Takes a slab from the kernel. When that fails, large blocks come from malloc too.
    private func addSlab() {
        let slab = mmap(nil, Self.slabBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let slab, slab != MAP_FAILED else { return }
        // A huge page would be resident as a whole.
        madvise(slab, Self.slabBytes, MADV_NOHUGEPAGE)
        slabs.append(slab)
        let places = (Self.pitch - Self.slotBytes) / Self.stagger
        slots += (0..<Self.slotsPerSlab).reversed().map { slab + $0 * Self.pitch + $0 % places * Self.stagger }
    }
}

// MARK: - What nghttp2 calls

extension FrameMemory {
    /// A session's object: its session is alive, and keeps it.
    private static func memory(_ data: UnsafeMutableRawPointer?) -> FrameMemory? {
        data.map { Unmanaged<FrameMemory>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let allocateCall: nghttp2_malloc = { count, data in memory(data)?.allocate(count) }

    private static let releaseCall: nghttp2_free = { block, data in memory(data)?.release(block) }

    private static let allocateClearCall: nghttp2_calloc = { count, size, data in
        let (total, isTooLarge) = count.multipliedReportingOverflow(by: size)
        guard !isTooLarge, let block = memory(data)?.allocate(total) else { return nil }
        block.initializeMemory(as: UInt8.self, repeating: 0, count: total)
        return block
    }

    private static let resizeCall: nghttp2_realloc = { block, count, data in memory(data)?.resize(block, to: count) }
}
