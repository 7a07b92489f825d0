// The memory that all connections of one event loop share while a call is on the stack, so that an idle connection
// holds none. It is no queue: what a connection puts in, it takes out before anyone else gets control. What a channel
// was given of it is that channel's: the next one that writes finds other memory.

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

    private let ciphertext = ScratchBytes()
    private let writes = ScratchBytes()
    /// Where records are decrypted to.
    let decrypted = ScratchBytes()
    /// The last ciphertext that was taken.
    private var taken = ByteBuffer()

    /// The ciphers for records that OpenSSL does not protect.
    let cipher = RecordCipher()

    /// Makes scratch memory that allocates nothing until it is used.
    package init() {}

    /// How many bytes wait to be taken.
    package var ciphertextBytes: Int { ciphertext.count }

    /// Several small writes, which are gathered to become one record.
    package var gathered: UnsafeRawBufferPointer { writes.bytes }

    /// How many bytes those have.
    package var gatheredBytes: Int { writes.count }

    /// Gathers another one.
    package func gather(_ plaintext: UnsafeRawBufferPointer) { writes.append(plaintext) }

    /// Lets go of them.
    package func clearGathered() { writes.clear() }

    /// Appends ciphertext; called by the BIO.
    func append(_ bytes: UnsafeRawBufferPointer) { ciphertext.append(bytes) }

    /// Appends a record of a known size, written by `fill`; nothing is appended when that returns false.
    func appendRecord(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Bool) -> Bool {
        guard fill(ciphertext.room(for: byteCount)) else { return false }
        ciphertext.filled(byteCount)
        return true
    }

    /// Makes room for ciphertext of a known size in one step.
    ///
    /// - Parameter bytes: The expected size, in bytes.
    package func reserve(_ bytes: Int) { ciphertext.reserve(bytes) }

    /// Sends the ciphertext so far, as much as `send` takes of it: it is given the bytes and returns how many it took.
    ///
    /// - Returns: Whether nothing is left to be taken.
    package func sendCiphertext(_ send: (UnsafeRawBufferPointer) -> Int) -> Bool {
        guard ciphertext.count > 0 else { return true }
        ciphertext.removeFirst(send(ciphertext.bytes))
        guard ciphertext.count == 0 else { return false }
        ciphertext.clear(keeping: Self.retainedCapacity)
        return true
    }

    /// The ciphertext so far, or `nil` if there is none. Its storage is shared until the socket has taken it; then it
    /// is unique again and the next ciphertext is written over it.
    package func takeCiphertext() -> ByteBuffer? {
        guard ciphertext.count > 0 else { return nil }
        taken.clear(minimumCapacity: ciphertext.count)
        taken.writeBytes(ciphertext.bytes)
        ciphertext.clear(keeping: Self.retainedCapacity)
        return taken
    }

    /// The same in storage of its own, for a socket that will not take it soon.
    package func copyCiphertext() -> ByteBuffer? {
        guard ciphertext.count > 0 else { return nil }
        defer { ciphertext.clear(keeping: Self.retainedCapacity) }
        return ByteBuffer(bytes: ciphertext.bytes)
    }

    /// Says whether everyone else has released the last ciphertext. Gives up the storage if they have not, or if it has
    /// grown too large to keep.
    ///
    /// - Returns: `false` if somebody (a socket that did not take everything) still holds it.
    package func reclaim() -> Bool {
        let capacity = taken.capacity
        let isFree = taken.modifyIfUniquelyOwned { _ in true } ?? (capacity == 0)
        if !isFree || capacity > Self.retainedCapacity { taken = ByteBuffer() }
        return isFree
    }

    /// The data that was decrypted; nothing if there is none. A copy, because a receiver may keep what it gets.
    func takeDecrypted() -> ByteBuffer? {
        guard decrypted.count > 0 else { return nil }
        defer { decrypted.clear(keeping: Self.retainedCapacity) }
        return ByteBuffer(bytes: decrypted.bytes)
    }
}
