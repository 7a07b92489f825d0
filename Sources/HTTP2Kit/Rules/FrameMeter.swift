// Whether a client sends more of the frames that are cheap to send and dear to handle than any client needs to. Counts;
// what follows is the session's matter.

internal import NIOCore

/// Counts frames by kind over a window of time.
struct FrameMeter: Sendable {
    /// What is counted apart.
    enum Kind: Sendable, CaseIterable {
        /// A stream reset, by the client or by its mistakes: it may not have been looked at yet.
        case reset
        /// A live response that its reader closes: it was asked for, looked at and opened, which the client has waited
        /// for.
        case cancellation
        /// Frames that ask for work and bring nothing.
        case control
        case windowUpdate

        /// Which kind a frame is; none for what brings a request or a piece of a body.
        ///
        /// All that asks for work and brings nothing is control: types of RFC 9113 and those that nobody knows (§5.5),
        /// DATA that is empty but for padding and ends nothing, and fields for a stream that was begun before.
        init?(_ frame: FrameHeader, beginsStream: Bool) {
            switch frame.type {
            case FrameType.data:
                guard frame.length <= frame.padding, frame.flags & Flag.endStream == 0 else { return nil }
                self = .control
            case FrameType.headers:
                guard !beginsStream else { return nil }
                self = .control
            // As many as ``HTTP2Limits/continuations`` behind each of those.
            case FrameType.continuation: return nil
            case FrameType.resetStream: self = .reset
            case FrameType.windowUpdate: self = .windowUpdate
            default: self = .control
            }
        }
    }

    private var dataFramesSent = 0
    private let limits: HTTP2Limits
    private var windowEnd: NIODeadline
    private var resets = 0
    private var cancellations = 0
    private var controls = 0
    private var updates = 0

    /// A client credits a stream and the connection for what it was sent; this many WINDOW_UPDATEs per DATA frame are
    /// due.
    private static let updatesPerDataFrame = 4

    init(_ limits: HTTP2Limits, now: NIODeadline) {
        self.limits = limits
        windowEnd = now + limits.rateWindow
    }

    /// A DATA frame has been sent.
    mutating func sentData() { dataFramesSent += 1 }

    /// Counts a frame. False when it is one too many.
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
