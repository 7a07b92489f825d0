// Some frames are cheap to send and costly to handle. This counts them, and says when a client sends more than any
// client needs. What follows from that is the session's matter.

internal import NIOCore

/// Counts frames by kind over a window of time.
struct FrameMeter: Sendable {
    /// What is counted apart.
    enum Kind: Sendable, CaseIterable {
        /// A stream that the client resets, or makes us reset by a mistake. Its request may not have been looked at
        /// yet.
        case reset
        /// A response under way that its reader closes. The client has waited for it, so it can't send these as fast as
        /// resets.
        case cancellation
        /// Frames that cause work and carry nothing.
        case control
        case windowUpdate

        /// The kind that a frame is counted as. Nil for a frame that carries a request or a piece of a body.
        ///
        /// A frame is control when it causes work and carries nothing: SETTINGS and its like, types that nobody knows
        /// (RFC 9113 §5.5), DATA that is empty but for padding and ends nothing, and fields for a stream that was begun
        /// before.
        init?(_ frame: FrameHeader, beginsStream: Bool) {
            switch frame.type {
            case FrameType.data:
                guard frame.length <= frame.padding, frame.flags & Flag.endStream == 0 else { return nil }
                self = .control
            case FrameType.headers:
                guard !beginsStream else { return nil }
                self = .control
            // Each of those may be followed by ``HTTP2Limits/continuations`` of them.
            case FrameType.continuation: return nil
            case FrameType.resetStream: self = .reset
            case FrameType.windowUpdate: self = .windowUpdate
            default: self = .control
            }
        }
    }

    private var dataFramesSent = 0
    let limits: HTTP2Limits
    private var windowEnd: NIODeadline
    private var resets = 0
    private var cancellations = 0
    private var controls = 0
    private var updates = 0

    /// A client credits both the stream and the connection for the data it was sent, so this many WINDOW_UPDATEs are
    /// due for each DATA frame.
    private static let updatesPerDataFrame = 4

    init(_ limits: HTTP2Limits, now: NIODeadline) {
        self.limits = limits
        windowEnd = now + limits.rateWindow
    }

    /// This many DATA frames have been sent.
    mutating func sentData(frames: Int) { dataFramesSent += frames }

    /// Counts a frame. False when it exceeds its limit.
    mutating func count(_ kind: Kind, now: NIODeadline) -> Bool {
        if now >= windowEnd { self = FrameMeter(limits, now: now) }
        switch kind {
        case .reset:
            resets += 1
            return resets <= limits.resets
        case .cancellation:
            cancellations += 1
            return cancellations <= limits.cancellations
        case .control:
            controls += 1
            return controls <= limits.controlFrames
        case .windowUpdate:
            updates += 1
            return updates <= limits.windowUpdates + dataFramesSent * Self.updatesPerDataFrame
        }
    }
}
