// What an HTTP/2 connection sends, and when: an event of its only event stream at once, everything else in turns.

internal import DeliveryPath
internal import HTTP2Kit
internal import NIOCore

extension HTTP2ConnectionHandler {
    /// As much as is given to TLS before the socket is asked whether it takes more: four records.
    private static let pumpBytes = 64 * 1024

    /// Adds what an event passes from here to the socket.
    func join(_ path: inout DeliveryPath) {
        path.add(self)
        if let session { path.add(session) }
        sink.join(&path)
    }

    /// Takes an event's bytes. A connection with one event stream has them in TLS's hands at once, as a frame; several
    /// share a record, and wait for each other.
    func write(_ bytes: ByteBuffer, to stream: HTTP2Stream) {
        guard let header = header(for: bytes, on: stream) else { return session?.append(bytes, to: stream) ?? () }
        hasUnflushed = true
        sink.write(bytes, behind: header)
    }

    /// The same as ``write(_:to:)`` and ``flush()``.
    func writeAndFlush(_ bytes: ByteBuffer, to stream: HTTP2Stream) {
        guard !hasUnflushed else {
            write(bytes, to: stream)
            return flush()
        }
        guard let header = header(for: bytes, on: stream) else {
            session?.append(bytes, to: stream)
            return flush()
        }
        sink.writeAndFlush(bytes, behind: header)
        if session?.hasOutput ?? false { flush() }
    }

    /// Of the frame that an event becomes by itself, where it does.
    private func header(for bytes: ByteBuffer, on stream: HTTP2Stream) -> DataFrameHeader? {
        guard eventStreams == 1, isWritable else { return nil }
        return session?.sendsDirectly(bytes.readableBytes, on: stream)
    }

    /// Sends what there is, soon.
    func flush() {
        if hasUnflushed {
            hasUnflushed = false
            sink.flush()
            guard session?.hasOutput ?? false else { return }
        }
        switch schedule.outputCame(eventStreams: eventStreams) {
        case .nothing: break
        case .send: pump()
        case .sendLater:
            eventLoop.assumeIsolated().execute {
                self.schedule.laterCame()
                self.pump()
            }
        }
    }

    /// Hands over to TLS as much as the socket takes.
    func pump() {
        guard schedule.beginsSending() else { return }
        defer { schedule.endsSending() }
        if let session, !session.wantsInput { schedule.stopsWaiting() }
        repeat {
            guard schedule.takesOutput(), let session, context != nil else { break }
            do throws(HTTP2Error) {
                schedule.sent(isMore: try send(session))
            } catch {
                fail(error)
            }
            handleEvents(of: session)
            tellOfRoom()
        } while schedule.sendsOn(isOver: session?.isOver ?? true)
        if let session, schedule.isEnding || session.isOver { close(session) }
    }

    private func send(_ session: HTTP2Session) throws(HTTP2Error) -> Bool {
        var hasWritten = false
        defer { if hasWritten { sink.flush() } }
        return try session.takeOutput(atMost: Self.pumpBytes, now: now) { bytes in
            hasWritten = true
            sink.write(bytes)
        }
    }
}
