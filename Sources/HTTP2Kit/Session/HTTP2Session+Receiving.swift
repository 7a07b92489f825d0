// From the network to the room above.

internal import CNGHTTP2
internal import DequeModule
package import NIOCore

extension HTTP2Session {
    /// Takes bytes from the network. ``nextEvent()`` then gives what they meant.
    ///
    /// - Parameter limit: after how many frames that begin a request, or end one behind its head, the rest is left.
    /// - Returns: the rest, which begins with a frame.
    /// - Throws: when the connection can't go on. What was understood before is still among the events;
    ///   ``terminate(_:)`` tells the peer.
    @discardableResult
    package func receive(
        _ bytes: ByteBuffer, now: NIODeadline, upTo limit: Int = .max
    ) throws(HTTP2Error) -> ByteBuffer? {
        leaveDirect()
        self.now = now
        input.bytes = bytes
        var flood: HTTP2Error?
        var (asked, rest) = (0, ByteBuffer?.none)
        let result = bytes.withUnsafeReadableBytes { raw in
            input.base = raw.baseAddress
            let count =
                hasTerminated
                ? raw.count
                : scanner.scan(raw) { frame, mayBeLeft in
                    if frame.asksForWork {
                        if mayBeLeft, asked >= limit { return .leave }
                        asked += 1
                    }
                    flood = self.flood(by: frame)
                    return flood == nil ? .take : .refuse
                }
            if flood == nil, count < raw.count {
                rest = bytes.getSlice(at: bytes.readerIndex + count, length: raw.count - count)
            }
            return nghttp2_session_mem_recv(pointer, raw.assumingMemoryBound(to: UInt8.self).baseAddress, count)
        }
        // The bytes go back to the channel as soon as no event holds a piece of them.
        input = Input()
        if let failure = flood ?? failure.take() { throw failure }
        guard result >= 0 else { throw HTTP2Error(nghttp2: result) }
        guard waitingFrames <= limits.waitingFrames else {
            throw HTTP2Error(.flood, "The client has more frames made for it than it takes.")
        }
        return rest
    }

    /// The next thing that the client did, in its order.
    package func nextEvent() -> HTTP2Event? { events.popFirst() }

    /// What the events hold that nobody has taken yet: fields as RFC 9113 §6.5.2 counts them, and pieces of bodies.
    package var waitingBytes: Int { events.byteCount }

    /// Whether the next thing is a request that has come, or the end of one: what is costly to handle.
    package var isRequestNext: Bool {
        switch events.first {
        case .request, .end: true
        case .data, .responded, .closed, .pong, nil: false
        }
    }

    /// Lets the client send this many more bytes of a body.
    ///
    /// - Parameter onStream: false when only the connection is credited, because nobody wants this body.
    package func credit(_ count: Int, of stream: HTTP2Stream, onStream: Bool = true) {
        let count = min(count, stream.uncredited)
        guard count > 0 else { return }
        leaveDirect()
        stream.uncredited -= count
        nghttp2_session_consume_connection(pointer, count)
        if onStream, !stream.isClosed { nghttp2_session_consume_stream(pointer, stream.id, count) }
    }

    /// Credits this stream alone, and holds the connection's credit back.
    package func creditStream(_ count: Int, of stream: HTTP2Stream) {
        guard !stream.isClosed else { return }
        leaveDirect()
        nghttp2_session_consume_stream(pointer, stream.id, count)
    }
}

extension HTTP2Event {
    /// What it keeps in memory.
    var byteCount: Int {
        switch self {
        case .request(_, let head): head.keptBytes
        case .data(_, let bytes): bytes.readableBytes
        case .end, .responded, .closed, .pong: 0
        }
    }
}

extension FrameHeader {
    /// Whether it begins a request, or ends one: it is looked at when it begins, and responded to when it is whole.
    fileprivate var asksForWork: Bool {
        type == FrameType.headers || (type == FrameType.data && flags & Flag.endStream != 0)
    }
}

// MARK: - What the callbacks note

extension HTTP2Session {
    /// Counts a frame of any kind before nghttp2 sees it, which does not report those that it ignores.
    private func flood(by frame: FrameHeader) -> HTTP2Error? {
        let isNew = frame.stream > lastStream
        if isNew, frame.type == FrameType.headers { lastStream = frame.stream }
        guard var kind = FrameMeter.Kind(frame, beginsStream: isNew) else { return nil }
        if kind == .reset, isLive(Int32(truncatingIfNeeded: frame.stream)) { kind = .cancellation }
        guard !meter.count(kind, now: now) else { return nil }
        return HTTP2Error(.flood, "The client sends more \(kind) frames than any client needs.")
    }

    /// Whether a stream has its response, and more of that is to come.
    private func isLive(_ id: Int32) -> Bool {
        streams[id].map { $0.hasResponse && !$0.isFinished } ?? false
    }

    func headersBegin(_ frame: nghttp2_frame) -> Int32 {
        head = HTTP2RequestHead()
        guard frame.headers.cat == NGHTTP2_HCAT_REQUEST else { return 0 }
        let stream = HTTP2Stream(id: frame.hd.stream_id)
        streams[stream.id] = stream
        return 0
    }

    func header(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Int32 {
        let count = head.append(name, value, limit: limits.headerListBytes)
        // A few bytes can unpack to many (RFC 9113 §10.5.1). Beyond a few times the limit it is no mistake.
        guard count > limits.headerListBytes * 4 else { return 0 }
        return fail(HTTP2Error(.flood, "A request's fields unpack to far more than may be sent."))
    }

    func frameReceived(_ frame: nghttp2_frame) {
        let endsStream = frame.hd.flags & Flag.endStream != 0
        switch frame.hd.type {
        case FrameType.headers:
            // Trailers too: nobody looks at them, and they may be as long as a head.
            defer { head = HTTP2RequestHead() }
            guard let stream = streams[frame.hd.stream_id] else { return }
            if endsStream { stream.isRequestComplete = true }
            guard frame.headers.cat == NGHTTP2_HCAT_REQUEST else {
                if endsStream { events.append(.end(stream)) }
                return
            }
            head.endsStream = endsStream
            stream.hasRequest = true
            events.append(.request(stream, head))
        case FrameType.data:
            guard endsStream, let stream = streams[frame.hd.stream_id] else { return }
            stream.isRequestComplete = true
            events.append(.end(stream))
        case FrameType.goAway: hasGoneAway = true
        case FrameType.ping where frame.hd.flags & Flag.acknowledgement != 0:
            events.append(.pong)
        default: break
        }
    }

    func dataReceived(_ id: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let stream = streams[id] else {
            nghttp2_session_consume_connection(pointer, bytes.count)
            return
        }
        stream.uncredited += bytes.count
        events.append(.data(stream, input.piece(bytes)))
    }

    func streamClosed(_ id: Int32, _ code: UInt32) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        if direct === stream { direct = nil }
        stream.isClosed = true
        queuedBytes -= stream.queue.byteCount
        stream.queue.removeAll()
        if stream.isFinished { finishedStreams -= 1 }
        if stream.uncredited > 0 { nghttp2_session_consume_connection(pointer, stream.uncredited) }
        stream.uncredited = 0
        if stream.hasRequest { events.append(.closed(stream, WireErrorCode(rawValue: code))) }
    }

    private func fail(_ error: HTTP2Error) -> Int32 {
        failure = failure ?? error
        return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
    }
}
