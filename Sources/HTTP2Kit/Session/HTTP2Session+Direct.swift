// What goes to the peer past nghttp2: DATA frames of one stream, while nothing else waits to be sent. nghttp2 is told
// before it is asked or given anything, so its windows are right whenever it looks at them.

internal import CNGHTTP2

extension HTTP2Session {
    /// Whether a DATA frame of a stream may be sent at once, by whoever asks. If so, it counts as sent.
    ///
    /// - Parameter count: the frame's bytes without its header.
    /// - Returns: its header; nil when the bytes have to take the usual way, see ``append(_:to:)``.
    package func sendsDirectly(_ count: Int, on stream: HTTP2Stream) -> DataFrameHeader? {
        if direct === stream, room.take(count) { return DataFrameHeader(byteCount: count, stream: stream.id) }
        return opensDirect(stream) && room.take(count) ? DataFrameHeader(byteCount: count, stream: stream.id) : nil
    }

    /// Looks at the windows. Nothing of the stream may wait, or what is sent directly would overtake it.
    private func opensDirect(_ stream: HTTP2Stream) -> Bool {
        guard !mayHaveOutput, !hasGoneAway, stream.hasResponse, stream.queuedBytes == 0,
            !stream.isClosed, !stream.isFinished, !stream.isReset
        else { return false }
        tell()
        direct = stream
        room.open(
            streamWindow: Int(nghttp2_session_get_stream_remote_window_size(pointer, stream.id)),
            connectionWindow: Int(nghttp2_session_get_remote_window_size(pointer)))
        return failure == nil
    }

    /// Comes before anything that nghttp2 is given: it is told of what has been sent, and until it has nothing more to
    /// send, nothing goes past it.
    func leaveDirect() {
        room.shut()
        mayHaveOutput = true
        if room.untold > 0 { tell() }
    }

    /// Has nghttp2 count what has been sent: it makes frames of it that nobody sends.
    func tell() {
        guard room.untold > 0, let direct else { return }
        meter.sentData(frames: room.untoldFrames)
        isTelling = true
        defer { isTelling = false }
        resume(direct)
        var bytes: UnsafePointer<UInt8>?
        while room.untold > 0 {
            let before = room.untold
            // Nothing is sent past nghttp2 unless it has nothing to send. So it makes one of those frames each time.
            guard nghttp2_session_mem_send(pointer, &bytes) == 0, room.untold < before else {
                room = DirectRoom()
                failure = failure ?? HTTP2Error(.internalFailure, "Frames that were sent could not be counted.")
                return
            }
        }
    }

    /// How much of what has been sent goes into the next frame that nobody sends.
    func readTold(_ stream: HTTP2Stream, limit: Int, _ flags: inout UInt32) -> Int {
        guard stream === direct, room.untold > 0 else {
            // Nothing of any stream can be sent, or nothing would have gone past.
            guard stream.queuedBytes == 0, !stream.isFinished else {
                return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
            }
            stream.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        return min(limit, room.untold)
    }

    /// Such a frame has been made.
    func told(_ count: Int) -> Int32 {
        room.told(count)
        return Int32(NGHTTP2_ERR_PAUSE.rawValue)
    }
}
