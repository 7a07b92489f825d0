// The buffers that all connections of one event loop share while a call is on the stack, so that an idle connection
// holds none. It is no queue: what a connection puts in, it takes out before anyone else gets control.

package import NIOCore

/// Working memory for the connections of one event loop.
///
/// Confined to its event loop. Bytes of one connection never wait here while another runs: each user takes what it
/// produced before it calls anything that could reach a second connection.
package final class RecordScratch {
    /// Plaintext of one record (RFC 8446 §5.1), in bytes.
    package static let maximumPlaintext = 16_384
    /// A record's header, content type, tag and, in TLS 1.2, explicit nonce: an upper bound, in bytes.
    package static let recordOverhead = 32
    /// Storage above this many bytes is given back after use, so that one large write does not stay forever.
    static let retainedCapacity = 65_536

    private static let initialCapacity = 2_048

    private var ciphertext = ByteBuffer()
    /// Where several small writes are gathered to become one record.
    package var gathered = ByteBuffer()
    /// Where records are decrypted to.
    var decrypted = ByteBuffer()

    /// The ciphers for records that OpenSSL does not protect.
    let cipher = RecordCipher()

    /// Makes scratch memory that allocates nothing until it is used.
    package init() {}

    /// How many bytes wait to be taken.
    package var ciphertextBytes: Int { ciphertext.readableBytes }

    /// Appends ciphertext; called by the BIO.
    func append(_ bytes: UnsafeRawBufferPointer) {
        prepareCiphertext(minimumCapacity: Self.initialCapacity)
        ciphertext.writeBytes(bytes)
    }

    /// Appends a record of a known size, written by `fill`; nothing is appended when that returns false.
    func appendRecord(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Bool) -> Bool {
        ciphertext.appendRecord(byteCount: byteCount, capacity: max(byteCount, Self.initialCapacity), fill)
    }

    /// Makes room for ciphertext of a known size in one step.
    ///
    /// - Parameter bytes: The expected size, in bytes.
    package func reserve(_ bytes: Int) {
        prepareCiphertext(minimumCapacity: bytes)
        ciphertext.reserveCapacity(minimumWritableBytes: bytes)
    }

    /// The ciphertext so far, or `nil` if there is none. The storage stays shared until the socket has taken it; then
    /// it is unique again and the next use writes over it.
    package func takeCiphertext() -> ByteBuffer? {
        guard ciphertext.readableBytes > 0 else { return nil }
        let taken = ciphertext
        ciphertext.moveReaderIndex(to: ciphertext.writerIndex)
        return taken
    }

    /// Sends the ciphertext so far, as much as `send` takes of it: it is given the bytes and returns how many it took.
    ///
    /// - Returns: Whether nothing is left to be taken.
    package func sendCiphertext(_ send: (UnsafeRawBufferPointer) -> Int) -> Bool {
        ciphertext.drain(keeping: Self.retainedCapacity, send)
    }

    /// Says whether everyone else has released the last ciphertext. Gives up the storage if they have not, or if it has
    /// grown too large to keep.
    ///
    /// - Returns: `false` if somebody (a socket that did not take everything) still holds it.
    package func reclaim() -> Bool {
        let capacity = ciphertext.capacity
        let isFree = ciphertext.modifyIfUniquelyOwned { $0.readableBytes == 0 } ?? (capacity == 0)
        if !isFree || capacity > Self.retainedCapacity { ciphertext = ByteBuffer() }
        return isFree
    }

    private func prepareCiphertext(minimumCapacity: Int) { ciphertext.prepare(minimumCapacity: minimumCapacity) }
}

// On the buffer, so that one access to the scratch memory is checked for all that is done, and not one for each step.
extension ByteBuffer {
    // `clear` writes over storage that is unique, and otherwise takes a fresh one of the size asked for.
    fileprivate mutating func prepare(minimumCapacity: Int) {
        guard readableBytes == 0 else { return }
        clear(minimumCapacity: minimumCapacity)
    }

    fileprivate mutating func appendRecord(
        byteCount: Int, capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Bool
    ) -> Bool {
        prepare(minimumCapacity: capacity)
        var isFilled = false
        writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { room in
            isFilled = fill(UnsafeMutableRawBufferPointer(rebasing: room[..<byteCount]))
            return isFilled ? byteCount : 0
        }
        return isFilled
    }

    /// - Parameter limit: a larger storage is given back when all of it is sent.
    /// - Returns: whether nothing is left.
    fileprivate mutating func drain(keeping limit: Int, _ send: (UnsafeRawBufferPointer) -> Int) -> Bool {
        guard readableBytes > 0 else { return true }
        moveReaderIndex(forwardBy: withUnsafeReadableBytes(send))
        guard readableBytes == 0 else { return false }
        if self.capacity > limit { self = ByteBuffer() }
        return true
    }
}
