// Where a connection of the public listener is counted, until its end.

internal import HTTPServing

/// A connection's places among all and among those of its address. It gives both back when nobody holds it any more.
///
/// Confined to the connection's event loop.
final class ConnectionPlaces {
    private let seat: ConnectionTracker.Seat?
    /// Set later for a connection that a proxy brings: its header has to say from where.
    var address: AddressPlace?

    /// - Parameters:
    ///   - seat: its place among all, where it is counted.
    ///   - address: its place among those of its address, where these are counted.
    init(seat: consuming ConnectionTracker.Seat?, address: AddressPlace?) {
        self.seat = consume seat
        self.address = address
    }
}
