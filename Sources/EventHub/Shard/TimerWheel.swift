// Many deadlines behind one timer. A value: whoever holds it says what time it is.

internal import NIOCore

/// Elements with a due time, in buckets of one tick each. One that is due later than the wheel reaches comes up early;
/// its holder schedules it again.
struct TimerWheel<Element> {
    private var buckets: [[Element]]
    private let tick: TimeAmount
    /// The next tick to be handed out, counted since `start`.
    private var nextTick = 0
    private let start: NIODeadline

    /// - Parameters:
    ///   - tick: how late an element may come up.
    ///   - span: how far ahead one can be scheduled; longer times come up after a span.
    init(tick: TimeAmount, span: TimeAmount, start: NIODeadline) {
        self.tick = tick
        self.start = start
        buckets = Array(repeating: [], count: Int(span.nanoseconds / tick.nanoseconds) + 2)
    }

    /// Where an element waits, so that it can be taken out without a search.
    struct Place: Sendable, Equatable {
        fileprivate let bucket: Int32
        fileprivate let index: Int32

        /// Of an element that is in no wheel.
        static var none: Place { Place(bucket: -1, index: 0) }
    }

    /// Puts an element where it comes up at or at most one tick after `due`.
    ///
    /// - Returns: its place, until it comes up or another takes it: see ``remove(at:)``.
    mutating func schedule(_ element: Element, at due: NIODeadline) -> Place {
        let ahead = (due - start).nanoseconds
        let (whole, rest) = ahead.quotientAndRemainder(dividingBy: tick.nanoseconds)
        let tickNumber = Int(whole) + (rest > 0 ? 1 : 0)
        let reach = nextTick + buckets.count - 1
        let bucket = min(max(tickNumber, nextTick), reach) % buckets.count
        buckets[bucket].append(element)
        return Place(bucket: Int32(bucket), index: Int32(buckets[bucket].count - 1))
    }

    /// Takes an element out before its time.
    ///
    /// - Returns: the element whose place this is from now on, to be told.
    mutating func remove(at place: Place) -> Element? {
        guard place != .none else { return nil }
        let (bucket, index) = (Int(place.bucket), Int(place.index))
        let last = buckets[bucket].removeLast()
        guard index < buckets[bucket].count else { return nil }
        buckets[bucket][index] = last
        return last
    }

    /// Takes out all that is due.
    mutating func takeDue(at now: NIODeadline) -> [Element] {
        let current = Int((now - start).nanoseconds / tick.nanoseconds)
        var due: [Element] = []
        // After a long pause one turn of the wheel has come by everything.
        for _ in 0..<min(max(current - nextTick + 1, 0), buckets.count) {
            due += buckets[nextTick % buckets.count]
            buckets[nextTick % buckets.count] = []
            nextTick += 1
        }
        nextTick = max(nextTick, current + 1)
        return due
    }
}
