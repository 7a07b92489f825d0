// The client's side of one HTTP/2 connection: requests without a body in, bytes out; bytes in, events out. It owns the
// nghttp2 session, and opens no socket.

internal import CNGHTTP2
internal import DequeModule
package import NIOCore

/// What the server did with a request, in its order. A stream is named by its number on the wire.
package enum HTTP2ClientEvent: Sendable, Equatable {
    /// The response's head is complete.
    case head(stream: Int32, status: Int)
    /// A piece of the response's body. Its bytes are credited already.
    case data(stream: Int32, ByteBuffer)
    /// The stream is over, whichever side ended it.
    case closed(stream: Int32, WireErrorCode)
}

/// One connection. Confined to its event loop.
///
/// As with ``HTTP2Session``, callbacks run inside ``receive(_:)`` and ``takeOutput(_:)`` only, and only note what
/// happened.
package final class HTTP2ClientSession {
    /// The only owner of the nghttp2 session; freed in `deinit`.
    private let pointer: OpaquePointer
    private var events: Deque<HTTP2ClientEvent> = []
    /// What is being received, while it is.
    private var input = HTTP2Session.Input()
    /// The `:status` of the header block that is being received; 0 when it has none.
    private var status = 0

    /// The window of each stream and of the connection: how much the gateway may send before we have read it. As much
    /// as any load needs.
    private static let window: Int32 = 16 << 20

    /// Begins a session. The preface and its SETTINGS (RFC 9113 §3.4) are the first output.
    ///
    /// - Throws: when there is no memory.
    package init() throws(HTTP2Error) {
        var session: OpaquePointer?
        try HTTP2Session.check(nghttp2_session_client_new(&session, ClientCallbacks.pointer, nil))
        guard let session else { throw HTTP2Error(.internalFailure, "nghttp2 made no session.") }
        pointer = session
        // Unretained: the callbacks that use it run inside this object's methods, and nghttp2's session ends in
        // `deinit`.
        nghttp2_session_set_user_data(pointer, Unmanaged.passUnretained(self).toOpaque())
        let settings = [(NGHTTP2_SETTINGS_ENABLE_PUSH, 0), (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(Self.window))]
            .map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: $0.1) }
        try HTTP2Session.check(nghttp2_submit_settings(pointer, HTTP2Session.noFlags, settings, settings.count))
        try HTTP2Session.check(
            nghttp2_session_set_local_window_size(pointer, HTTP2Session.noFlags, 0, Self.window))
    }

    deinit { nghttp2_session_del(pointer) }

    /// Sends a request. It leaves with ``takeOutput(_:)``, or later when the server takes no more streams now.
    ///
    /// - Parameter fields: pseudo-fields first, names in lower case.
    /// - Returns: the stream's number.
    package func request(_ fields: [HTTP2Field]) throws(HTTP2Error) -> Int32 {
        var number: Int32 = 0
        FieldList.withNameValues(fields) { list in
            number = nghttp2_submit_request(pointer, nil, list.baseAddress, list.count, nil, nil)
        }
        guard number > 0 else { throw HTTP2Error(nghttp2: Int(number)) }
        return number
    }

    /// Takes bytes from the network. ``nextEvent()`` then gives what they meant.
    ///
    /// - Throws: when the connection can't go on. What was understood before is still among the events.
    package func receive(_ bytes: ByteBuffer) throws(HTTP2Error) {
        input.bytes = bytes
        let result = bytes.withUnsafeReadableBytes { raw in
            input.base = raw.baseAddress
            return nghttp2_session_mem_recv(pointer, raw.assumingMemoryBound(to: UInt8.self).baseAddress, raw.count)
        }
        input = HTTP2Session.Input()
        guard result >= 0 else { throw HTTP2Error(nghttp2: result) }
    }

    /// The next thing that the server did, in its order.
    package func nextEvent() -> HTTP2ClientEvent? { events.popFirst() }

    /// The bytes to send now: requests, credit, acknowledgements. Nil when there are none.
    package func takeOutput() throws(HTTP2Error) -> ByteBuffer? {
        var output: ByteBuffer?
        var bytes: UnsafePointer<UInt8>?
        var length = nghttp2_session_mem_send(pointer, &bytes)
        while length > 0 {
            output.setOrWriteBytes(UnsafeRawBufferPointer(start: bytes, count: length))
            length = nghttp2_session_mem_send(pointer, &bytes)
        }
        guard length == 0 else { throw HTTP2Error(nghttp2: length) }
        return output
    }

    /// Whether there is nothing more to read or to send, so that the connection can be closed.
    package var isOver: Bool { nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0 }
}

// MARK: - What the callbacks note

extension HTTP2ClientSession {
    func headersBegin() { status = 0 }

    func header(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // Of about a dozen fields, only this one is needed.
        guard name.elementsEqual(":status".utf8) else { return }
        status = Int(String(decoding: value, as: UTF8.self)) ?? 0
    }

    func frameReceived(_ frame: nghttp2_frame) {
        // An interim response (RFC 9110 §15.2) is no head, and trailers are none.
        guard frame.hd.type == FrameType.headers, status >= 200 else { return }
        events.append(.head(stream: frame.hd.stream_id, status: status))
    }

    func dataReceived(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
        events.append(.data(stream: id, input.piece(bytes)))
    }

    func streamClosed(_ id: Int32, _ code: UInt32) {
        events.append(.closed(stream: id, WireErrorCode(rawValue: code)))
    }
}

extension ByteBuffer? {
    fileprivate mutating func setOrWriteBytes(_ bytes: UnsafeRawBufferPointer) {
        if self?.writeBytes(bytes) == nil { self = ByteBuffer(bytes: bytes) }
    }
}
