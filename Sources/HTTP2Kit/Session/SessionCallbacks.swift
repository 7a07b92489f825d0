// What nghttp2 calls. Each callback checks what it is given, finds its session, and calls one method there.

internal import CNGHTTP2

enum SessionCallbacks {
    // Unsafe only because a C pointer is not Sendable: it is filled once, here, and only read after. A session copies
    // it.
    nonisolated(unsafe) static let pointer: OpaquePointer? = {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, headersBegin)
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header)
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalidHeader)
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frameReceived)
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, dataReceived)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, streamClosed)
        nghttp2_session_callbacks_set_send_data_callback(callbacks, sendBody)
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frameSent)
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, frameNotSent)
        return callbacks
    }()

    /// The session that nghttp2's `user_data` points to. It is alive, because it called nghttp2.
    private static func session(_ data: UnsafeMutableRawPointer?) -> HTTP2Session? {
        data.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The stream whose queue a response's body comes from. nghttp2 has not closed it, so its session keeps it alive.
    private static func stream(_ source: UnsafeMutablePointer<nghttp2_data_source>?) -> HTTP2Stream? {
        source?.pointee.ptr.map { Unmanaged<HTTP2Stream>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let failure = Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)

    // MARK: Receiving

    private static let headersBegin: nghttp2_on_begin_headers_callback = { _, frame, data in
        guard let frame, let session = session(data) else { return failure }
        return session.headersBegin(frame.pointee)
    }

    private static let header: nghttp2_on_header_callback = { _, _, name, nameCount, value, valueCount, _, data in
        guard let session = session(data) else { return failure }
        return session.header(
            UnsafeRawBufferPointer(start: name, count: nameCount),
            UnsafeRawBufferPointer(start: value, count: valueCount))
    }

    /// A request with a malformed field is malformed as a whole (RFC 9113 §8.2.1). nghttp2 would only leave the field
    /// out.
    private static let invalidHeader: nghttp2_on_invalid_header_callback = { _, _, _, _, _, _, _, _ in
        Int32(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
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

    // MARK: Sending

    static let readBody: nghttp2_data_source_read_callback = { _, _, _, limit, flags, source, data in
        guard let session = session(data), let stream = stream(source), let flags else { return Int(failure) }
        return session.readBody(stream, limit: limit, &flags.pointee)
    }

    private static let sendBody: nghttp2_send_data_callback = { _, frame, header, count, source, data in
        guard let session = session(data), let stream = stream(source), let header else { return failure }
        return session.sendBody(
            stream, header: UnsafeRawBufferPointer(start: header, count: headerLength), count: count)
    }

    /// RFC 9113 §4.1. Padding, which would add a byte, is not asked for.
    private static let headerLength = 9

    private static let frameSent: nghttp2_on_frame_send_callback = { _, frame, data in
        guard let frame, let session = session(data) else { return failure }
        session.frameSent(frame.pointee)
        return 0
    }

    private static let frameNotSent: nghttp2_on_frame_not_send_callback = { _, frame, _, data in
        guard let frame, let session = session(data) else { return failure }
        session.frameNotSent(frame.pointee)
        return 0
    }
}
