// The server's side of one HTTP/2 connection: bytes in, events out; responses in, bytes out. It owns the nghttp2
// session. It opens no socket, keeps no time, and decides nothing about requests. No C type leaves this room.

internal import CNGHTTP2
internal import DequeModule
package import NIOCore

/// One connection. Confined to its event loop.
///
/// nghttp2's callbacks run only inside ``receive(_:now:)`` and ``takeOutput(atMost:now:_:)``, and only note what
/// happened. None of them calls out, so nghttp2 is never called from within a callback.
package final class HTTP2Session {
    // What each event needs comes first: with thousands of sessions, every cache line that an event touches is a miss.

    /// The only owner of the nghttp2 session; freed in `deinit`.
    let pointer: OpaquePointer
    /// The stream that was sent on past nghttp2 last, and how much more may be; see ``sendsDirectly(_:on:)``.
    var direct: HTTP2Stream?
    var room = DirectRoom()
    /// Whether nghttp2 is being told of that.
    var isTelling = false
    /// Whether nghttp2 may have something to send.
    var mayHaveOutput = true
    /// Keeps the session's memory alive, too.
    let output: HTTP2Output
    var now: NIODeadline
    var outputLimit = 0
    /// What waits in the queues of all streams, in bytes.
    var queuedBytes = 0
    /// How many streams have a response that is complete, and are not closed.
    var finishedStreams = 0
    /// Why a callback failed. nghttp2 is told only that it did.
    var failure: HTTP2Error?
    /// Whether a GOAWAY has been sent or received. No session ends before, so nghttp2 need not be asked with every
    /// event.
    var hasGoneAway = false
    var events = EventQueue()
    var meter: FrameMeter
    var scanner = FrameScanner()
    /// The last stream that the client has begun.
    var lastStream: UInt32 = 0

    /// Keeps the streams alive that nghttp2 points to. A stream leaves when nghttp2 closes it.
    var streams: [Int32: HTTP2Stream] = [:]
    var head = HTTP2RequestHead()
    var input = Input()
    /// How many RST_STREAM frames of ours are under way. Further ones are nghttp2's answers to the client's mistakes.
    var ownResets = 0
    /// Why nghttp2 has ended the connection, if it has. nghttp2 tells the peer itself.
    package var violation: HTTP2Error?
    var hasTerminated = false

    /// The meter has them: they are as large as all that an event needs of a session.
    var limits: HTTP2Limits { meter.limits }

    /// What the client did. `isEmpty` saves a look at the queue's memory with every event that is sent.
    struct EventQueue {
        private var events: Deque<HTTP2Event> = []
        private var isEmpty = true
        /// What they hold, in bytes.
        private(set) var byteCount = 0

        var first: HTTP2Event? { isEmpty ? nil : events.first }

        mutating func append(_ event: HTTP2Event) {
            events.append(event)
            isEmpty = false
            byteCount += event.byteCount
        }

        mutating func popFirst() -> HTTP2Event? {
            guard !isEmpty else { return nil }
            let first = events.popFirst()
            isEmpty = events.isEmpty
            byteCount -= first?.byteCount ?? 0
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
        // A body is credited when its bytes have been taken, not when they arrive.
        nghttp2_option_set_no_auto_window_update(option, 1)
        // nghttp2 would keep closed streams for a priority tree, which is not used.
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_outbound_ack(option, limits.waitingAcknowledgements)
        nghttp2_option_set_max_settings(option, limits.settingsPerFrame)
        nghttp2_option_set_max_continuations(option, limits.continuations)
        // nghttp2's own limit is off: resets are counted here, by the event loop's clock.
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

    /// Whether to read what the client sends. False once the connection has been given up.
    package var wantsInput: Bool { !hasGoneAway || nghttp2_session_want_read(pointer) != 0 }

    /// Whether there is nothing more to read or to send, so that the connection can be closed.
    package var isOver: Bool {
        hasGoneAway && nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0
    }

    /// Whether ``takeOutput(atMost:now:_:)`` may have something to hand over.
    package var hasOutput: Bool { mayHaveOutput }

    /// How many frames other than DATA wait to be sent, because the client does not read them.
    package var waitingFrames: Int { nghttp2_session_get_outbound_queue_size(pointer) }

    /// The streams that are open now.
    package var openStreams: [HTTP2Stream] { Array(streams.values) }
}
