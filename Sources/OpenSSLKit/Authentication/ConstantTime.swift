// Comparing what only one side may know.

internal import COpenSSL

/// Comparisons whose time does not depend on the bytes.
package enum ConstantTime {
    /// Whether two byte strings are the same. Their lengths are no secret: different ones are told at once.
    ///
    /// - Parameters:
    ///   - first: one of them.
    ///   - second: the other.
    package static func areEqual(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        guard first.count > 0 else { return true }
        return first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0
            }
        }
    }
}
