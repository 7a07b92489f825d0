// How long TLS handshakes take that are completed, by whether they resume an earlier session. One per event loop.

internal import EventLog

/// The histograms of one event loop.
struct HandshakeTimes: Sendable {
    /// What a handshake was.
    enum Kind: String, CaseIterable {
        case full, resumed
    }

    private let full = LatencyHistogram()
    private let resumed = LatencyHistogram()

    subscript(kind: Kind) -> LatencyHistogram {
        switch kind {
        case .full: full
        case .resumed: resumed
        }
    }
}
