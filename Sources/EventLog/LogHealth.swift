// Whether a log does its work: what probes, metrics and the operator's log are told of an engine.

/// How a log is at present.
package struct LogHealth: Sendable, Equatable {
    /// Why no event can be appended; nothing when they can.
    package var failure: EventLogError?
    /// Why past events can't be read; nothing when they can, or nobody has tried.
    package var readFailure: EventLogError?
    /// Since when the log is cut off from what it keeps its events in; nothing while it is current.
    package var cutOffSince: WallTime?
    /// Whether more waits to be written than the log holds: some appends are refused.
    package var isBusy = false
    /// How many bytes an engine's journal has beside its file.
    package var journalBytes = 0

    package init() {}
}
