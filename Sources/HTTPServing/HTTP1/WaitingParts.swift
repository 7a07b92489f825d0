// Parts of requests that have come and can't be handled yet, in their order.

internal import DequeModule
internal import NIOCore
internal import NIOHTTP1

/// What waits on one HTTP/1.1 connection while a request is being answered, or while answers are not taken.
///
/// At most what one read of the socket decodes to, because no further read is made meanwhile. But a client that closes
/// its side has all read that it has sent, however much: so what is beyond a limit is not looked at, and gets no
/// answer. The connection ends with it, and the client may send it again (RFC 9112 §9.3.2).
struct WaitingParts {
    private var parts: Deque<HTTPServerRequestPart> = []
    private var byteCount = 0

    /// More than one read of the socket decodes to, be it chunks of a byte.
    private static let limit = 256 * 1024

    var isEmpty: Bool { parts.isEmpty }

    /// - Returns: whether it waits: not when too much does.
    mutating func append(_ part: HTTPServerRequestPart) -> Bool {
        guard byteCount <= Self.limit else { return false }
        byteCount += part.textBytes
        parts.append(part)
        return true
    }

    mutating func popFirst() -> HTTPServerRequestPart? { parts.popFirst() }

    /// All have been handled: as many may come again.
    mutating func beginAnew() { byteCount = 0 }

    mutating func removeAll() { parts = [] }
}
