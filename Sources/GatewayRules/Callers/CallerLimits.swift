// What one caller may have, as settings: a caller is an address, a publisher or a user.

package import HTTPServing

/// The limits per caller. Nothing is counted where there is none.
package struct CallerLimits: Sendable, Equatable {
    /// Connections of one address.
    package var addresses: AddressLimits
    /// Events that one publisher puts in.
    package var publishedEvents: CallRate?
    /// Bytes of bodies that one publisher sends.
    package var publishedBytes: CallRate?
    /// Streams that one user opens.
    package var streamsOpened: CallRate?
    /// Times that one user signs in with a token that fits no cookie.
    package var signIns: CallRate?

    package init(
        addresses: AddressLimits = AddressLimits(), publishedEvents: CallRate? = nil, publishedBytes: CallRate? = nil,
        streamsOpened: CallRate? = nil, signIns: CallRate? = nil
    ) {
        self.addresses = addresses
        self.publishedEvents = publishedEvents
        self.publishedBytes = publishedBytes
        self.streamsOpened = streamsOpened
        self.signIns = signIns
    }

    /// Whether publishers' requests are counted.
    var limitPublishers: Bool { publishedEvents != nil || publishedBytes != nil }
}
