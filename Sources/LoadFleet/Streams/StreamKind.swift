/// What a stream of the fleet is for.
enum StreamKind: Int, Sendable, CaseIterable {
    /// Reads what it gets; disconnects and reconnects when that is asked for.
    case ordinary
    /// Does not read before publishing is over.
    case stalled
    /// Reads what it gets and stays connected while the others reconnect.
    case steady
}
