// The server's side of one HTTP/2 connection: bytes in, events out; responses in, bytes out. It owns the nghttp2
// session, and opens no socket, keeps no time and decides nothing about requests. No C type leaves this room.

internal import CNGHTTP2
internal import DequeModule
package import NIOCore

/// One connection. Confined to its event loop.
///
/// nghttp2's callbacks run inside ``receive(_:now:)`` and ``takeOutput(atMost:now:_:)`` only, and only note what
/// happened: none of them calls out, so no call of nghttp2 is ever made from within one.
package final class HTTP2Session {
    // First what each event needs: with thousands of sessions, each cache line that an event touches is fetched from
    // far away.

    /// The only owner of the nghttp2 session; freed in `deinit`.
    let pointer: OpaquePointer
    /// Also keeps the memory that the session is in.
    let output: HTTP2Output
    var now: NIODeadline
    var outputLimit = 0
    /// What waits in the queues of all streams, in bytes.
    var queuedBytes = 0
    /// How many streams have a response that is complete, and are not closed.
    var finishedStreams = 0
    /// What a callback found: nghttp2 only hears that it failed.
    var failure: HTTP2Error?
    /// Whether a GOAWAY has gone either way: no session ends before, and nghttp2 need not be asked with every event.
    var hasGoneAway = false
    var events = EventQueue()
    var meter: FrameMeter
    var scanner = FrameScanner()
    /// The last stream that the client has begun.
    var lastStream: UInt32 = 0

    let limits: HTTP2Limits
    /// Keeps the streams alive that nghttp2 points to; one leaves when nghttp2 closes it.
    var streams: [Int32: HTTP2Stream] = [:]
    var head = HTTP2RequestHead()
    var input = Input()
    /// RST_STREAM frames of ours that are under way: those beyond them are nghttp2's answer to the client's mistakes.
    var ownResets = 0
    /// Why nghttp2 has ended the connection, if it has: it tells the peer by itself.
    package var violation: HTTP2Error?
    var hasTerminated = false

    /// What the client did. That it did nothing is known without a look at the queue's memory, which is asked with
    /// every event that is sent.
    struct EventQueue {
        private var events: Deque<HTTP2Event> = []
        private var isEmpty = true

        mutating func append(_ event: HTTP2Event) {
            events.append(event)
            isEmpty = false
        }

        mutating func popFirst() -> HTTP2Event? {
            guard !isEmpty else { return nil }
            let first = events.popFirst()
            isEmpty = events.isEmpty
            return first
        }
    }

    /// What is being received, while it is.
    struct Input {
        var bytes = ByteBuffer()
        var base: UnsafeRawPointer?

        /// A slice of it, without a copy if it is one.
        func piece(_ part: UnsafeRawBufferPointer) -> ByteBuffer {
            if let base, let start = part.baseAddress, start >= base {
                let index = bytes.readerIndex + (start - base)
                if let slice = bytes.getSlice(at: index, length: part.count) { return slice }
            }
            return ByteBuffer(bytes: part)
        }
    }

    /// Begins a session. Its first SETTINGS (RFC 9113 §3.4) are the first output.
    ///
    /// - Parameters:
    ///   - output: the event loop's working memory.
    ///   - now: the event loop's time.
    /// - Throws: when there is no memory.
    package init(limits: HTTP2Limits, output: HTTP2Output, now: NIODeadline) throws(HTTP2Error) {
        pointer = try Self.make(limits, output.memory)
        self.limits = limits
        self.output = output
        self.now = now
        meter = FrameMeter(limits, now: now)
        // Unretained: the callbacks that use it run inside this object's methods, and nghttp2's session ends in
        // `deinit`.
        nghttp2_session_set_user_data(pointer, Unmanaged.passUnretained(self).toOpaque())
        try submitSettings()
    }

    deinit { nghttp2_session_del(pointer) }

    private static func make(_ limits: HTTP2Limits, _ memory: FrameMemory) throws(HTTP2Error) -> OpaquePointer {
        var option: OpaquePointer?
        try check(nghttp2_option_new(&option))
        defer { nghttp2_option_del(option) }
        // A body is credited when it has been taken, not when it has come.
        nghttp2_option_set_no_auto_window_update(option, 1)
        // nghttp2 would keep closed streams for a priority tree that is not used.
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_outbound_ack(option, limits.waitingAcknowledgements)
        nghttp2_option_set_max_settings(option, limits.settingsPerFrame)
        nghttp2_option_set_max_continuations(option, limits.continuations)
        // Counted here, by the event loop's clock.
        nghttp2_option_set_stream_reset_rate_limit(option, UInt64.max, UInt64.max)
        var session: OpaquePointer?
        try check(
            memory.withFunctions { functions in
                nghttp2_session_server_new3(&session, SessionCallbacks.pointer, nil, option, functions)
            })
        guard let session else { throw HTTP2Error(.internalFailure, "nghttp2 made no session.") }
        return session
    }

    private func submitSettings() throws(HTTP2Error) {
        let settings = [
            (NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreams),
            (NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.receiveWindow),
            (NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerListBytes),
            // RFC 9218 §2.1: the priorities of RFC 7540 are not looked at.
            (NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1),
        ].map { nghttp2_settings_entry(settings_id: Int32($0.0.rawValue), value: UInt32(clamping: $0.1)) }
        try Self.check(nghttp2_submit_settings(pointer, Self.noFlags, settings, settings.count))
        try Self.check(
            nghttp2_session_set_local_window_size(pointer, Self.noFlags, 0, Int32(clamping: limits.receiveWindow)))
    }

    static let noFlags = UInt8(NGHTTP2_FLAG_NONE.rawValue)

    static func check(_ result: Int32) throws(HTTP2Error) {
        guard result == 0 else { throw HTTP2Error(nghttp2: Int(result)) }
    }

    /// Whether what the client sends still means anything. False once the connection has been given up.
    package var wantsInput: Bool { !hasGoneAway || nghttp2_session_want_read(pointer) != 0 }

    /// Whether nothing is to be read and nothing to be sent any more: the connection can be closed.
    package var isOver: Bool {
        hasGoneAway && nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0
    }

    /// How many frames, beside bodies, wait to be sent: what a client has had made for it and does not take.
    package var waitingFrames: Int { nghttp2_session_get_outbound_queue_size(pointer) }

    /// The streams that are open now.
    package var openStreams: [HTTP2Stream] { Array(streams.values) }
}
