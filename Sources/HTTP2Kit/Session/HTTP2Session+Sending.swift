// From the room above to the network. A body's bytes stay in buffers that streams share, until a frame is made of them.
// nghttp2 keeps windows and order, and never holds a body.

internal import CNGHTTP2
package import NIOCore

extension HTTP2Session {
    /// Sends a response's head, and as much of its body as there is.
    ///
    /// - Parameters:
    ///   - fields: `:status` first, names in lower case.
    ///   - endsStream: whether `body` is all of it; otherwise ``append(_:to:)`` and ``finish(_:)`` follow.
    package func respond(_ fields: [HTTP2Field], body: ByteBuffer?, endsStream: Bool, on stream: HTTP2Stream) {
        guard !stream.isClosed, !stream.hasResponse else { return }
        leaveDirect()
        stream.hasResponse = true
        if let body { enqueue(body, on: stream) }
        if endsStream { markFinished(stream) }
        let hasBody = !endsStream || stream.queuedBytes > 0
        // Unretained: nghttp2 does not call the source of a stream that it has closed, and until then `streams` keeps
        // it.
        let provider = nghttp2_data_provider(
            source: nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque()),
            read_callback: SessionCallbacks.readBody)
        FieldList.withNameValues(fields) { list in
            withUnsafePointer(to: provider) { provider in
                note(
                    nghttp2_submit_response(
                        pointer, stream.id, list.baseAddress, list.count, hasBody ? provider : nil))
            }
        }
    }

    /// Sends a head that another follows: `100 Continue` (RFC 9110 §15.2).
    package func respondInterim(_ fields: [HTTP2Field], on stream: HTTP2Stream) {
        guard !stream.isClosed, !stream.hasResponse else { return }
        leaveDirect()
        FieldList.withNameValues(fields) { list in
            note(nghttp2_submit_headers(pointer, Self.noFlags, stream.id, nil, list.baseAddress, list.count, nil))
        }
    }

    /// Adds bytes to a response's body. They leave with ``takeOutput(atMost:now:_:)`` when windows allow.
    package func append(_ bytes: ByteBuffer, to stream: HTTP2Stream) {
        guard !stream.isClosed, !stream.isFinished else { return }
        leaveDirect()
        enqueue(bytes, on: stream)
        resume(stream)
    }

    private func enqueue(_ bytes: ByteBuffer, on stream: HTTP2Stream) {
        stream.queue.append(bytes)
        queuedBytes += bytes.readableBytes
    }

    private func markFinished(_ stream: HTTP2Stream) {
        stream.isFinished = true
        finishedStreams += 1
    }

    /// Ends a response's body behind what was appended.
    package func finish(_ stream: HTTP2Stream) {
        guard !stream.isClosed, !stream.isFinished else { return }
        leaveDirect()
        markFinished(stream)
        resume(stream)
    }

    func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        nghttp2_session_resume_data(pointer, stream.id)
    }

    /// Ends a stream at once, in both directions. What waits on it is dropped.
    package func reset(_ stream: HTTP2Stream, _ code: WireErrorCode) {
        guard !stream.isClosed, !stream.isReset else { return }
        leaveDirect()
        stream.isReset = true
        ownResets += 1
        note(nghttp2_submit_rst_stream(pointer, Self.noFlags, stream.id, code.rawValue))
    }

    // MARK: The connection

    /// Asks the peer whether it is there; ``HTTP2Event/pong`` is the answer.
    package func ping() {
        leaveDirect()
        note(nghttp2_submit_ping(pointer, Self.noFlags, nil))
    }

    /// Announces that the connection will end. Requests under way are still served (RFC 9113 §6.8).
    package func announceGoAway() {
        leaveDirect()
        note(nghttp2_submit_shutdown_notice(pointer))
    }

    /// Takes no further request. Open streams go on to their end.
    package func goAway() {
        leaveDirect()
        let last = nghttp2_session_get_last_proc_stream_id(pointer)
        note(nghttp2_submit_goaway(pointer, Self.noFlags, last, WireErrorCode.noError.rawValue, nil, 0))
    }

    /// Ends the connection with a GOAWAY that says why. Nothing follows it.
    package func terminate(_ code: WireErrorCode) {
        leaveDirect()
        hasTerminated = true
        note(nghttp2_session_terminate_session(pointer, code.rawValue))
    }

    /// Calls that fail only without memory, or because a stream has just ended, report here. The next output throws it.
    private func note(_ result: Int32) {
        guard result < 0, nghttp2_is_fatal(result) != 0 else { return }
        failure = failure ?? HTTP2Error(nghttp2: Int(result))
    }

    // MARK: Output

    /// Hands over what there is to send, as far as windows allow it.
    ///
    /// - Parameters:
    ///   - count: about how many bytes; the last frame may exceed it.
    ///   - write: takes each piece; it must not call the session.
    /// - Returns: whether there was more.
    package func takeOutput(
        atMost count: Int, now: NIODeadline, _ write: (ByteBuffer) -> Void
    ) throws(HTTP2Error) -> Bool {
        leaveDirect()
        self.now = now
        outputLimit = count
        output.prepare()
        var bytes: UnsafePointer<UInt8>?
        var length = 0
        repeat {
            length = nghttp2_session_mem_send(pointer, &bytes)
            if length > 0 { output.append(UnsafeRawBufferPointer(start: bytes, count: length)) }
        } while length > 0 && output.byteCount < count
        let isFull = output.byteCount >= count
        output.take(write)
        if let failure = failure.take() { throw failure }
        guard length >= 0 else { throw HTTP2Error(nghttp2: length) }
        mayHaveOutput = isFull
        return isFull
    }

    /// How much of a stream's body goes into the next frame. nghttp2 calls it when it is the stream's turn, and both
    /// its window and the connection's have room for `limit` bytes.
    func readBody(_ stream: HTTP2Stream, limit: Int, _ flags: inout UInt32) -> Int {
        if isTelling { return readTold(stream, limit: limit, &flags) }
        let available = stream.queuedBytes
        if available == 0, !stream.isFinished {
            stream.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        let count = min(limit, available)
        if count > 0 { flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
        if count == available, stream.isFinished { flags |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        return count
    }

    /// Makes a DATA frame of the header that nghttp2 wrote and this many of the stream's bytes.
    func sendBody(_ stream: HTTP2Stream, header: UnsafeRawBufferPointer, count: Int) -> Int32 {
        if isTelling { return told(count) }
        output.append(header)
        var missing = count
        while missing > 0, let piece = stream.queue.take(atMost: missing) {
            output.append(piece)
            missing -= piece.readableBytes
        }
        queuedBytes -= count
        meter.sentData(frames: 1)
        // DATA comes behind all other frames. When none is left, nghttp2 need not ask each stream for more: it would
        // only put the stream aside and take it up again with its next event.
        let isLast = queuedBytes == 0 && finishedStreams == 0
        return isLast || output.byteCount >= outputLimit ? Int32(NGHTTP2_ERR_PAUSE.rawValue) : 0
    }

    func frameSent(_ frame: nghttp2_frame) {
        if frame.hd.type == FrameType.resetStream { resetSent() }
        if frame.hd.type == FrameType.goAway { goAwaySent(frame.goaway) }
        let isEnd = frame.hd.flags & Flag.endStream != 0
        guard isEnd, [FrameType.data, FrameType.headers].contains(frame.hd.type) else { return }
        guard let stream = streams[frame.hd.stream_id], !stream.isRequestComplete else { return }
        events.append(.responded(stream))
    }

    /// A reset that is not ours is nghttp2's answer to a client's mistake, and counts like a reset of the client's own.
    private func resetSent() {
        guard ownResets == 0 else { return ownResets -= 1 }
        guard !meter.count(.reset, now: now) else { return }
        failure = failure ?? HTTP2Error(.flood, "The client has too many streams reset.")
    }

    private func goAwaySent(_ frame: nghttp2_goaway) {
        hasGoneAway = true
        guard !hasTerminated, frame.error_code != WireErrorCode.noError.rawValue else { return }
        let isFlood = frame.error_code == WireErrorCode.enhanceYourCalm.rawValue
        let count = frame.opaque_data == nil ? 0 : frame.opaque_data_len
        let words = String(decoding: UnsafeBufferPointer(start: frame.opaque_data, count: count), as: UTF8.self)
        violation = HTTP2Error(isFlood ? .flood : .protocolBroken, words)
    }

    /// A frame can't be sent any more, because its stream is gone.
    func frameNotSent(_ frame: nghttp2_frame) {
        if frame.hd.type == FrameType.resetStream, ownResets > 0 { ownResets -= 1 }
    }
}
