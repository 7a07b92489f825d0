// When answers go to the socket, as a value. A client that sends its requests ahead (RFC 9112 §9.3.2) has many answers
// made in one turn of the loop, and each flush is a TLS record and a system call.

/// What one HTTP/1.1 connection has written of answers and not flushed.
///
/// Answers gather only while somebody further up the stack is sure to flush them: at the end of a read, or of a turn.
struct AnswerCork: Sendable, Equatable {
    /// With so many bytes of bodies they go at once: a full TLS record. Heads are not counted, since a turn has few.
    static let limit = 16 * 1024

    private var isGathering = false
    private var isHolding = false
    private var bodyBytes = 0

    /// What is written from now on waits for ``end()``.
    ///
    /// - Returns: whether it did not do so before: who began it ends it.
    mutating func begin() -> Bool {
        defer { isGathering = true }
        return !isGathering
    }

    /// An answer has been written.
    ///
    /// - Returns: whether it is to be flushed at once.
    mutating func wrote(bodyBytes count: Int, isLast: Bool) -> Bool {
        isHolding = true
        bodyBytes += count
        return !isGathering || isLast || bodyBytes >= Self.limit
    }

    /// What is written from now on waits for nothing. What waits is to be flushed.
    mutating func end() { isGathering = false }

    /// All that was written is flushed.
    ///
    /// - Returns: whether there is anything.
    mutating func takeAll() -> Bool {
        defer { (isHolding, bodyBytes) = (false, 0) }
        return isHolding
    }
}
