// The token buckets of many callers, in a table of bounded size: strangers can't make it grow beyond that.

package import NIOCore

/// Buckets by caller. Whoever is not in it has a full one.
///
/// A caller is known by a fingerprint: 64 bits of a hash that is seeded anew in each process, so that nobody can choose
/// another's. It has its place in one of eight slots. When all of them are others', the fullest bucket is forgotten: a
/// full one loses nothing. Where none is full the table doubles, until it has its size; from then on a bucket that is
/// forgotten is full again. So when more callers than the table has slots are at their
/// limits at once, some get more than their share; nobody ever gets less.
package struct BoundedBuckets: Sendable {
    private struct Slot {
        var caller: UInt64 = 0
        var bucket = TokenBucket()
    }

    private static let slotsPerSet = 8
    private static let firstSets = 32
    /// Powers of two.
    private var sets: Int
    private let mostSets: Int
    /// Nothing until the first is needed: a limit that is off costs no memory.
    private var slots: [Slot] = []

    /// - Parameter capacity: how many buckets it has room for in the end, at least; 16 bytes each.
    package init(capacity: Int) {
        var sets = 1
        while sets * Self.slotsPerSet < capacity { sets *= 2 }
        mostSets = sets
        self.sets = min(sets, Self.firstSets)
    }

    /// How many buckets it has room for now.
    var room: Int { slots.count }

    /// What a caller is known by.
    package static func fingerprint(of caller: some Hashable) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(caller)
        return UInt64(truncatingIfNeeded: hasher.finalize())
    }

    /// Takes from a caller's bucket, unless there is too little in it.
    ///
    /// - Returns: nothing when it was taken, else for how long there will be too little.
    package mutating func take(_ amount: Int, of caller: UInt64, at now: NIODeadline, _ rate: CallRate) -> TimeAmount? {
        slots[place(of: caller, at: now)].bucket.take(amount, at: now, rate)
    }

    /// The same without taking: for what is taken from several buckets, or from none.
    package mutating func wait(for amount: Int, of caller: UInt64, at now: NIODeadline, _ rate: CallRate) -> TimeAmount?
    {
        slots[place(of: caller, at: now)].bucket.wait(for: amount, at: now, rate)
    }

    /// Takes from a caller's bucket, be it empty.
    package mutating func charge(_ amount: Int, to caller: UInt64, at now: NIODeadline, _ rate: CallRate) {
        slots[place(of: caller, at: now)].bucket.charge(amount, at: now, rate)
    }

    /// The slot of a caller; its own from here on.
    private mutating func place(of caller: UInt64, at now: NIODeadline) -> Int {
        if slots.isEmpty { slots = Array(repeating: Slot(), count: sets * Self.slotsPerSet) }
        let start = firstSlot(of: caller)
        var fullest = start
        for index in start..<start + Self.slotsPerSet {
            if slots[index].caller == caller { return index }
            if slots[index].bucket.fullAt < slots[fullest].bucket.fullAt { fullest = index }
        }
        if slots[fullest].bucket.fullAt > now.uptimeNanoseconds, sets < mostSets {
            grow()
            return place(of: caller, at: now)
        }
        slots[fullest] = Slot(caller: caller)
        return fullest
    }

    private func firstSlot(of caller: UInt64) -> Int {
        Int(truncatingIfNeeded: caller & UInt64(sets - 1)) * Self.slotsPerSet
    }

    /// Each set becomes two, so that whoever was in one has room in the other.
    private mutating func grow() {
        let former = slots
        sets *= 2
        slots = Array(repeating: Slot(), count: sets * Self.slotsPerSet)
        for slot in former where slot.bucket.fullAt > 0 {
            let start = firstSlot(of: slot.caller)
            let free = (start..<start + Self.slotsPerSet).first { slots[$0].bucket.fullAt == 0 }
            if let free { slots[free] = slot }
        }
    }
}
