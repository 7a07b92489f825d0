// Raw memory for the bytes of a call that is on the stack. A `ByteBuffer` looks for other holders of its memory at each
// step, and a property that holds one is checked for other accesses: together that takes a tenth of a small record.

/// Bytes in memory that grows, and is written over by the next call. Nobody else holds it; confined to its event loop.
final class ScratchBytes {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0

    /// The least room that is asked for at once.
    private static let initialCapacity = 2_048

    init() {}

    deinit { memory.deallocate() }

    /// How many bytes there are.
    var count: Int { end - start }

    /// The bytes, until something is added or removed.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

    /// Adds bytes.
    func append(_ bytes: UnsafeRawBufferPointer) {
        room(for: bytes.count).copyMemory(from: bytes)
        filled(bytes.count)
    }

    /// Room behind the bytes, which ``filled(_:)`` makes a part of them.
    ///
    /// - Parameter count: how many bytes it has.
    func room(for count: Int) -> UnsafeMutableRawBufferPointer {
        reserve(count)
        return UnsafeMutableRawBufferPointer(rebasing: memory[end..<(end + count)])
    }

    /// As many bytes of the room have been written.
    func filled(_ count: Int) {
        assert(end + count <= memory.count)
        end += count
    }

    /// Makes room for so many bytes more.
    func reserve(_ count: Int) {
        if start == end { (start, end) = (0, 0) }
        if memory.count - end < count { grow(to: end + count) }
    }

    private func grow(to needed: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(needed, 2 * memory.count, Self.initialCapacity), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
        memory.deallocate()
        memory = larger
    }

    /// Removes the first bytes.
    func removeFirst(_ count: Int) {
        assert(start + count <= end)
        start += count
    }

    /// Removes all bytes.
    ///
    /// - Parameter limit: larger memory is given back.
    func clear(keeping limit: Int = .max) {
        (start, end) = (0, 0)
        guard memory.count > limit else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}

@available(*, unavailable)
extension ScratchBytes: Sendable {}
