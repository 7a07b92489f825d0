// The last quarter of an hour, so that a page that is opened during an incident shows how it began. A value with a
// bound.

internal import DequeModule
internal import EventLog
internal import NIOCore

/// All plots' figures of one moment.
struct PlotPoint: Sendable, Equatable {
    let time: WallTime
    /// In the plots' order.
    let values: [DashboardPlot.Values]
}

/// The points of a while, the oldest first.
struct PlotHistory: Sendable {
    /// One point each so many seconds.
    static let step = 5
    /// The least between two of them: a timer's turn comes a little early or late.
    static let spacing = TimeAmount.milliseconds(4500)
    /// So long a while: 15 min. With the plots that there are, all points together take some 250 kB.
    static let limit = 15 * 60 / step

    private(set) var points: Deque<PlotPoint> = []

    /// Adds the newest; the oldest makes way.
    mutating func add(_ point: PlotPoint) {
        points.append(point)
        if points.count > Self.limit { points.removeFirst() }
    }
}
