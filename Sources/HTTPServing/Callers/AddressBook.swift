// The connections of all addresses, for all event loops: one lock, taken when a connection comes and when it goes, and
// only where a limit is set.

package import NIOCore
package import PeerText
internal import Synchronization

/// Admits connections by their address. Carries out what ``AddressCounts`` decides.
package final class AddressBook: Sendable {
    /// Callers whose rate is remembered: 1 MB at most.
    private static let capacity = 65_536

    private let counts = Mutex(AddressCounts(capacity: AddressBook.capacity))
    private let clock: @Sendable () -> NIODeadline

    package init(clock: @escaping @Sendable () -> NIODeadline = { .now() }) { self.clock = clock }

    /// How many addresses have a connection that is counted.
    var count: Int { counts.withLock { $0.count } }

    /// Counts a connection in, or a stream that stands for one, until its place is let go of.
    ///
    /// - Returns: its place; nothing when it is not counted.
    package func admit(
        _ address: ClientAddress?, _ limits: AddressLimits
    ) throws(AddressRefusal) -> AddressPlace? {
        guard !limits.areOff, let address, !limits.exempt.contain(address) else { return nil }
        let (key, now) = (address.key, clock())
        switch counts.withLock({ $0.admit(key, at: now, limits) }) {
        case .tooMany: throw .tooMany
        case .tooFast: throw .tooFast
        case .admitted: return limits.connections == nil ? nil : AddressPlace(key, in: self)
        }
    }

    fileprivate func left(_ key: ClientAddress) { counts.withLock { $0.left(key) } }
}

/// Why an address gets no further connection.
package enum AddressRefusal: String, Error {
    case tooMany = "address-connections-limit"
    case tooFast = "address-handshakes-limit"

    /// One word for metrics and the log.
    package var code: String { rawValue }
}

/// A connection's place among those of its address. It is given up when nobody holds it any more.
package final class AddressPlace: Sendable {
    private let key: ClientAddress
    private let book: AddressBook

    fileprivate init(_ key: ClientAddress, in book: AddressBook) { (self.key, self.book) = (key, book) }

    deinit { book.left(key) }
}
