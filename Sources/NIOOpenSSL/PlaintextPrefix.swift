// A few bytes that go before a write's bytes, kept where the write is: the header of a frame that differs from
// connection to connection, where all else is shared.

/// Nine bytes, as many as a frame of HTTP/2 has before its payload (RFC 9113 §4.1); or none.
package struct PlaintextPrefix: Sendable {
    /// The first eight, as they are in memory.
    private let first: UInt64
    private let last: UInt8
    private let count: UInt8

    var byteCount: Int { Int(count) }

    /// - Parameters:
    ///   - first: The first eight bytes, the most significant one first.
    ///   - last: The ninth.
    package init(_ first: UInt64, _ last: UInt8) {
        self.init(first: first.bigEndian, last: last, byteCount: 9)
    }

    private init(first: UInt64, last: UInt8, byteCount: Int) {
        self.first = first
        self.last = last
        self.count = UInt8(byteCount)
    }

    static let none = PlaintextPrefix(first: 0, last: 0, byteCount: 0)

    /// Lends the bytes for one call.
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // The two stand behind one another: a struct's properties do, in their order.
        Swift.withUnsafeBytes(of: self) { body(UnsafeRawBufferPointer(rebasing: $0[..<byteCount])) }
    }
}
