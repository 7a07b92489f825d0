// Has memory fetched before it is needed. It knows addresses, and nothing of what lies there.

internal import CPrefetch

/// Where the objects lie that an event passes on its way to one socket.
///
/// With thousands of streams none of these objects is in the nearer caches, and each is found through the one before,
/// so an event would wait for one after the other: that was a tenth of what a delivery cost. By their addresses all
/// are fetched at once, while the stream before is still being written to.
///
/// The addresses are hints. They keep nothing alive and need not be true any more: to prefetch is not to read, and
/// never faults.
package struct DeliveryPath {
    /// As many as are on the longest way, HTTP/2's. A zero is a free place.
    ///
    /// What is allocated for one connection begins at a multiple of 16 and lies within some gigabytes, so the middle of
    /// an address will do, and each stream keeps half as much. The upper part is that of the object where the way
    /// begins.
    private var places = InlineArray<8, UInt32>(repeating: 0)

    private static let alignmentBits: UInt = 4
    private static let placeMask = UInt(UInt32.max) << alignmentBits

    /// Of an object's beginning, where those on this way keep what each event needs.
    private static let bytes: UInt = 128
    /// Of a cache line of x86-64 and of most of ARM's processors; of a longer one it is asked for twice.
    private static let line: UInt = 64

    /// Makes a way that leads past nothing.
    package init() {}

    /// How many objects are fetched.
    package var count: Int { places.indices.count { places[$0] != 0 } }

    /// Adds an object. One for which there is no place is not fetched early, and nothing else.
    package mutating func add(_ object: AnyObject) {
        guard let free = places.indices.first(where: { places[$0] == 0 }) else { return }
        places[free] = UInt32(truncatingIfNeeded: Self.address(of: object) >> Self.alignmentBits)
    }

    /// Has all of them fetched. Takes no time to speak of, as nothing waits for them here.
    ///
    /// - Parameter start: where the way begins.
    package func prefetch(from start: AnyObject) {
        let upper = Self.address(of: start) & ~Self.placeMask
        for place in places.indices where places[place] != 0 {
            Self.prefetch(upper | UInt(places[place]) << Self.alignmentBits, byteCount: Self.bytes)
        }
    }

    /// Has an object fetched, of which the first bytes are needed.
    package static func prefetch(_ object: AnyObject, byteCount: Int) {
        prefetch(address(of: object), byteCount: UInt(byteCount))
    }

    private static func address(of object: AnyObject) -> UInt { UInt(bitPattern: ObjectIdentifier(object)) }

    private static func prefetch(_ address: UInt, byteCount: UInt) {
        var offset: UInt = 0
        while offset < byteCount {
            sluice_prefetch(address &+ offset)
            offset &+= line
        }
        // An object need not begin with a line, and so may end in one more.
        sluice_prefetch(address &+ byteCount &- 1)
    }
}
