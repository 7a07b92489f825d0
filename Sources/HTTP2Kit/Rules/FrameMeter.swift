// Whether a client sends more of the frames that are cheap to send and dear to handle than any client needs to. Counts; what
// follows is the session's matter.

package import NIOCore

/// Counts frames by kind over a window of time.
package struct FrameMeter: Sendable {
    /// What is counted apart.
    package enum Kind: Sendable, CaseIterable {
        case reset, control, windowUpdate
    }

    private var dataFramesSent = 0
    private let limits: HTTP2Limits
    private var windowEnd: NIODeadline
    private var resets = 0
    private var controls = 0
    private var updates = 0

    /// A client credits a stream and the connection for what it was sent; this many WINDOW_UPDATEs per DATA frame are due.
    private static let updatesPerDataFrame = 4

    package init(_ limits: HTTP2Limits, now: NIODeadline) {
        self.limits = limits
        windowEnd = now + limits.rateWindow
    }

    /// A DATA frame has been sent.
    package mutating func sentData() { dataFramesSent += 1 }

    /// Counts a frame. False when it is one too many.
    package mutating func count(_ kind: Kind, now: NIODeadline) -> Bool {
        if now >= windowEnd { self = FrameMeter(limits, now: now) }
        switch kind {
        case .reset:
            resets += 1
            return resets <= limits.resets
        case .control:
            controls += 1
            return controls <= limits.controlFrames
        case .windowUpdate:
            updates += 1
            return updates <= limits.windowUpdates + dataFramesSent * Self.updatesPerDataFrame
        }
    }
}
