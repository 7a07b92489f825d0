// Random numbers that nobody can predict. Tests use generators with a seed.

internal import COpenSSL

/// OpenSSL's random generator, which is seeded by the system.
package struct SecureRandom: RandomNumberGenerator, Sendable {
    /// Creates a generator. All of them draw from the same one of OpenSSL's.
    package init() {}

    /// A random number.
    package mutating func next() -> UInt64 {
        var number: UInt64 = 0
        let isDone = withUnsafeMutableBytes(of: &number, Self.fill)
        return isDone ? number : Self.system()
    }

    /// Random bytes.
    ///
    /// - Parameter count: how many; less than none is none.
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(0, count))
        let isDone = bytes.withUnsafeMutableBytes(fill)
        guard !isDone else { return bytes }
        return bytes.map { _ in UInt8(truncatingIfNeeded: system()) }
    }

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        ErrorQueue.clear()
        guard let count = CInt(exactly: bytes.count) else { return false }
        return RAND_bytes(bytes.baseAddress, count) == 1
    }

    /// The kernel's random numbers, for when OpenSSL's generator fails. They are as good, and never a constant.
    private static func system() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
