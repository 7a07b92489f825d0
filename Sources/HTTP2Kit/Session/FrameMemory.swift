// Where nghttp2's sessions keep their memory. Each session has one large block in which it makes frames, and nothing
// is in there between two calls. So the sessions of an event loop have one together. And each has two tables of fields
// that were sent before, of which one or both stay empty.

internal import CNGHTTP2
internal import Glibc

/// Memory for the sessions of one event loop. Confined to that loop. It lives as long as any of them.
///
/// A session makes frames in a block of 16 KiB (NGHTTP2_FRAMEBUF_CHUNKLEN), one frame at a time. Whoever has nghttp2
/// make output takes what is in the block before it lets another session's make any, and never has it wait in the
/// middle of a frame (`NGHTTP2_ERR_WOULDBLOCK`). A header block that needs more than one block gets the others from
/// malloc, as does everything else.
///
/// It also asks for 1 KiB for each direction's table (RFC 7541 §2.3.2): first for the one of responses, whose fields
/// are not kept (``FieldList``), then for the one of requests. Each kind has blocks of its own, because pages that
/// nobody writes to cost nothing.
final class FrameMemory {
    /// The block that all sessions have. Freed in `deinit`.
    private let shared = malloc(FrameMemory.sharedBytes)
    private var responseTables = UnwrittenBlocks(
        blockBytes: FrameMemory.tableBytes, limit: FrameMemory.mostTables)
    private var requestTables = UnwrittenBlocks(
        blockBytes: FrameMemory.tableBytes, limit: FrameMemory.mostTables)
    /// What the session that is being made has not got yet.
    private var missing = Parts(all: false)

    private struct Parts {
        var frames, responseTable, requestTable: Bool

        init(all: Bool) { (frames, responseTable, requestTable) = (all, all, all) }
    }

    private static let tableBytes = 1024
    /// Of 64 MiB of addresses. Further sessions have theirs from malloc.
    private static let mostTables = 65_536

    private static let sharedBytes = 20 * 1024
    /// A block of at least this size is the one that a new session makes frames in.
    private static let largeBytes = 16 * 1024

    deinit { free(shared) }

    /// Lends nghttp2 the functions for getting memory, to make one session with. It copies them. Whoever makes a
    /// session keeps this object.
    func withFunctions<Result>(_ body: (UnsafeMutablePointer<nghttp2_mem>) -> Result) -> Result {
        var functions = nghttp2_mem(
            mem_user_data: Unmanaged.passUnretained(self).toOpaque(), malloc: Self.allocateCall, free: Self.releaseCall,
            calloc: Self.allocateClearCall, realloc: Self.resizeCall)
        missing = Parts(all: true)
        defer { missing = Parts(all: false) }
        return body(&functions)
    }

    // MARK: Blocks

    func allocate(_ count: Int) -> UnsafeMutableRawPointer? { part(count) ?? malloc(count) }

    /// A block that a session is made with, if it is one of those that are not malloc's.
    private func part(_ count: Int) -> UnsafeMutableRawPointer? {
        switch count {
        case Self.largeBytes...Self.sharedBytes where missing.frames:
            missing.frames = false
            return shared
        case Self.tableBytes where missing.responseTable:
            missing.responseTable = false
            return responseTables.take()
        case Self.tableBytes where missing.requestTable:
            missing.requestTable = false
            return requestTables.take()
        default: return nil
        }
    }

    func release(_ block: UnsafeMutableRawPointer?) {
        guard let block, block != shared else { return }
        if responseTables.contains(block) { return responseTables.giveBack(block) }
        if requestTables.contains(block) { return requestTables.giveBack(block) }
        free(block)
    }

    func resize(_ block: UnsafeMutableRawPointer?, to count: Int) -> UnsafeMutableRawPointer? {
        guard let block else { return allocate(count) }
        guard let size = ownSize(of: block) else { return realloc(block, count) }
        guard count > size else { return block }
        guard let larger = malloc(count) else { return nil }
        larger.copyMemory(from: block, byteCount: size)
        release(block)
        return larger
    }

    /// Nil for one of malloc's.
    private func ownSize(of block: UnsafeMutableRawPointer) -> Int? {
        if block == shared { return Self.sharedBytes }
        return responseTables.contains(block) || requestTables.contains(block) ? Self.tableBytes : nil
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

    private static let allocateClearCall: nghttp2_calloc = { count, size, _ in calloc(count, size) }

    private static let resizeCall: nghttp2_realloc = { block, count, data in memory(data)?.resize(block, to: count) }
}
