// What an HTTP/2 connection holds of what all hold together, and what becomes of it when there is no room.

internal import HTTP2Kit
internal import NIOCore

extension HTTP2ConnectionHandler {
    /// Counts what waits. When there is no room for it, a stranger is cut off, unless it is little. Nobody else is: the
    /// bytes are there already, nothing more is read, and many users' streams may end with a proxy's connection.
    func count(_ bytes: Int) {
        if held.take(bytes) { return }
        held.overdraw(bytes)
        if held.isStrangers, !held.isLittle { shed() }
    }

    /// Counts what has been understood and waits for a turn: heads behind a body that has used up this one, of which a
    /// few bytes may have unpacked to many, and the pieces of their bodies.
    func countDecoded(of session: HTTP2Session) {
        let bytes = session.waitingBytes
        guard bytes != decodedBytes else { return }
        held.release(decodedBytes)
        decodedBytes = bytes
        count(bytes)
    }

    /// Counts what the socket does not take: ciphertext, unless it is event streams' and in their account, and frames
    /// that could not be made yet.
    func holdUnsent() {
        guard let context, let session else { return }
        let ciphertext = eventStreams == 0 ? context.unsentBytes : 0
        let bytes = isWritable ? 0 : ciphertext + session.waitingFrames * Self.frameBytes
        held.release(unsentBytes)
        unsentBytes = bytes
        if held.take(bytes) { return }
        held.overdraw(bytes)
        if held.isStrangers { shed() }
    }

    /// What a frame counts for that waits to be made: nghttp2's object, fields included.
    private static let frameBytes = 256

    /// Ends the connection of a stranger who takes nothing of what it asked for, for want of room.
    private func shed() {
        metrics.refused(Problem.heldFull.code)
        cutOff()
    }

    /// Ends the connection without a word: nobody reads it.
    func cutOff() { context?.triggerUserOutboundEvent(CutOff(), promise: nil) }
}
