// The writes of one connection between two flushes. A queue and nothing else; it encrypts nothing.

internal import NIOCore

/// Writes in order, with a mark behind the last one that was flushed.
///
/// The first write is kept in place, so that the usual case of one write and one flush allocates nothing.
struct PendingWrites {
    /// A write.
    struct Item {
        /// What goes before the bytes.
        var prefix: PlaintextPrefix
        /// The bytes to write; it may be empty.
        var bytes: ByteBuffer
        /// To be completed with the ciphertext's write.
        var promise: EventLoopPromise<Void>?

        /// - Parameters: As the properties of the same names.
        init(prefix: PlaintextPrefix = .none, bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
            self.prefix = prefix
            self.bytes = bytes
            self.promise = promise
        }

        /// How many bytes it has.
        var byteCount: Int { prefix.byteCount + bytes.readableBytes }
    }

    private var first: Item?
    private var rest: [Item] = []
    private var mark: Int32 = 0
    private var marked: Int {
        get { Int(mark) }
        set { mark = Int32(clamping: newValue) }
    }

    /// Makes an empty queue.
    init() {}

    /// How many writes wait, flushed or not.
    var count: Int { (first == nil ? 0 : 1) + rest.count }

    /// Whether none waits.
    var isEmpty: Bool { first == nil }

    /// Whether any write was flushed and not taken yet.
    var hasFlushed: Bool { marked > 0 }

    /// Adds a write behind the others.
    ///
    /// - Parameters:
    ///   - item: The write.
    ///   - spare: Storage to use when more than one write waits.
    mutating func append(_ item: consuming Item, lending spare: @autoclosure () -> [Item]) {
        guard first != nil else {
            first = consume item
            return
        }
        if rest.capacity == 0 { rest = spare() }
        rest.append(consume item)
    }

    /// Marks everything so far as flushed.
    mutating func flush() { marked = count }

    /// Takes the only write, if exactly one was flushed and none waits behind it.
    mutating func takeOnly() -> Item? {
        guard marked == 1, rest.isEmpty else { return nil }
        marked = 0
        return first.take()
    }

    /// Takes all flushed writes, in order.
    ///
    /// - Parameter tail: Empty; becomes the writes behind the first. It is the only owner of its storage, so that the
    ///   storage can be lent again.
    /// - Returns: The first of them, or `nil` without any.
    mutating func takeFlushed(tail: inout [Item]) -> Item? {
        guard marked > 0, let head = first else { return nil }
        defer { marked = 0 }
        guard marked < count else {
            first = nil
            swap(&tail, &rest)
            return head
        }
        tail.append(contentsOf: rest.prefix(marked - 1))
        rest.removeFirst(marked - 1)
        first = rest.removeFirst()
        return head
    }

    /// Takes everything, flushed or not.
    mutating func takeAll() -> [Item] {
        defer { self = PendingWrites() }
        return (first.map { [$0] } ?? []) + rest
    }
}
