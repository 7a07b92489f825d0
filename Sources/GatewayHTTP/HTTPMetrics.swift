// The metrics that the HTTP side reports to.

/// Counts what the HTTP side refuses. Called on any event loop.
package protocol HTTPMetrics: Sendable {
    /// A request was refused, for this reason: a ``Problem``'s code, or a hub's refusal of a stream.
    func refused(_ reason: String)

    /// The same, with what there is to say about it.
    func refused(_ refusal: Refusal)
}

extension HTTPMetrics {
    package func refused(_ refusal: Refusal) { refused(refusal.code) }
}
