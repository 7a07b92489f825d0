// The bytes layer: a BIO_METHOD by which OpenSSL reads ciphertext from `ByteBuffer`s and writes it into them, without a
// copy in between. It knows nothing of records, connections' states or channels.

internal import COpenSSL

/// Makes the BIO of a connection.
enum ByteBufferBIO {
    /// Makes a BIO that moves the bytes of `connection`.
    ///
    /// The BIO holds `connection` unretained. The `SSL` that consumes the BIO is freed in the connection's `deinit`,
    /// and frees the BIO with it, so the BIO never outlives the connection and there is no cycle to break.
    ///
    /// - Returns: The BIO at +1, or `nil` when memory is short.
    static func retainedBIO(for connection: TLSConnection) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(connection).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    /// The connection whose bytes `bio` moves.
    static func connection(of bio: OpaquePointer?) -> TLSConnection? {
        guard let bio, let data = BIO_get_data(bio) else { return nil }
        return Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
    }

    // Unsafe only because a C pointer is not Sendable: it is written once, here, and never changed after.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = BIO_meth_new(type, "ByteBuffer") else { return nil }
        BIO_meth_set_write_ex(method, write)
        BIO_meth_set_read_ex(method, read)
        BIO_meth_set_ctrl(method, control)
        return method
    }()

    private static let write:
        @convention(c) (OpaquePointer?, UnsafePointer<CChar>?, Int, UnsafeMutablePointer<Int>?) -> CInt = {
            bio, bytes, count, written in
            guard let connection = connection(of: bio), let bytes else { return 0 }
            BIO_clear_flags(bio, retryFlags)
            connection.sendCiphertext(UnsafeRawBufferPointer(start: bytes, count: count))
            written?.pointee = count
            return 1
        }

    private static let read:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>?) -> CInt = {
            bio, bytes, count, taken in
            guard let connection = connection(of: bio), let bytes else { return 0 }
            BIO_clear_flags(bio, retryFlags)
            let moved = connection.receiveCiphertext(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
            taken?.pointee = moved
            guard moved == 0 else { return 1 }
            // An empty buffer is no end of file, because only the channel knows whether more will come.
            BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            return 0
        }

    // The handshake flushes. Everything else that a BIO can be asked for has no meaning for buffers in memory.
    private static let control: @convention(c) (OpaquePointer?, CInt, CLong, UnsafeMutableRawPointer?) -> CLong = {
        _, command, _, _ in
        command == BIO_CTRL_FLUSH ? 1 : 0
    }

    private static let retryFlags = BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY
}
