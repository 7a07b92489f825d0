// How to end a connection when nobody is left to say goodbye to.

/// An outbound user event: close the socket now, without TLS's close_notify and without waiting for the peer's. Whoever
/// sits next to the socket does it.
package struct CutOff: Sendable {
    package init() {}
}
