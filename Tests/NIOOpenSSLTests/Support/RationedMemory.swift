// Memory for OpenSSL that runs out when a test wants it to. Only for a process of its own: OpenSSL takes it before it
// has taken any other, and for as long as the process lives.

import COpenSSL

enum RationedMemory {
    // Unsafe only because they are mutable: the process has one thread that uses OpenSSL.
    nonisolated(unsafe) private(set) static var heldCount = 0
    nonisolated(unsafe) private static var isRationed = false
    nonisolated(unsafe) private static var ration = 0

    /// - Returns: whether OpenSSL takes its memory from here.
    static func install() -> Bool {
        CRYPTO_set_mem_functions(
            { count, _, _ in RationedMemory.allocate(count) },
            { old, count, _, _ in
                guard let old else { return RationedMemory.allocate(count) }
                return RationedMemory.grants() ? realloc(old, max(count, 1)) : nil
            },
            { memory, _, _ in
                if memory != nil { RationedMemory.heldCount -= 1 }
                free(memory)
            }) == 1
    }

    /// Refuses one allocation in `body`, after so many that are granted.
    static func refusingOne<Result>(after count: Int, _ body: () throws -> Result) rethrows -> Result {
        (isRationed, ration) = (true, count)
        defer { isRationed = false }
        return try body()
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
        guard grants(), let memory = malloc(max(count, 1)) else { return nil }
        heldCount += 1
        return memory
    }

    private static func grants() -> Bool {
        guard isRationed else { return true }
        ration -= 1
        return ration != -1
    }
}
