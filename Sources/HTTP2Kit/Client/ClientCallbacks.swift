// What nghttp2 calls on a client's session. Each callback checks what it is given, finds its session, and calls one
// method there.

internal import CNGHTTP2

enum ClientCallbacks {
    // Unsafe only because a C pointer is not Sendable: it is filled once, here, and only read after. A session copies
    // it.
    nonisolated(unsafe) static let pointer: OpaquePointer? = {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, headersBegin)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frameReceived)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceived)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosed)
        return callbacks
    }()

    /// The session that nghttp2's `user_data` points to. It is alive, because it called nghttp2.
    private static func session(_ data: UnsafeMutableRawPointer?) -> HTTP2ClientSession? {
        data.map { Unmanaged<HTTP2ClientSession>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let failure = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

    private static let headersBegin: nghttp2_on_begin_headers_callback = { _, _, data in
        guard let session = session(data) else { return failure }
        session.headersBegin()
        return 0
    }

    private static let header: nghttp2_on_header_callback = { _, _, name, nameCount, value, valueCount, _, data in
        guard let session = session(data) else { return failure }
        session.header(
            UnsafeRawBufferPointer(start: name, count: nameCount),
            UnsafeRawBufferPointer(start: value, count: valueCount))
        return 0
    }

    private static let frameReceived: nghttp2_on_frame_recv_callback = { _, frame, data in
        guard let frame, let session = session(data) else { return failure }
        session.frameReceived(frame.pointee)
        return 0
    }

    private static let dataReceived: nghttp2_on_data_chunk_recv_callback = { _, _, id, bytes, count, data in
        guard let session = session(data) else { return failure }
        session.dataReceived(id, UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
    }

    private static let streamClosed: nghttp2_on_stream_close_callback = { _, id, code, data in
        guard let session = session(data) else { return failure }
        session.streamClosed(id, code)
        return 0
    }
}
