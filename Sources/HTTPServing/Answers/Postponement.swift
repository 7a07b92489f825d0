// A request that can't be judged yet, because what decides it is on its way. The rules say when it is worth another
// look, the connection waits, and neither knows the other's thread.

internal import HTTPTypes
package import NIOCore
internal import Synchronization

/// One wait of one request. It ends once: by the rules, by its time, or with its client.
package final class Postponement: Sendable {
    private struct State {
        var isOver = false
        var whenOver: (@Sendable () -> Void)?
        var whenGivenUp: (@Sendable () -> Void)?
    }

    /// How long the request waits at most; then it is judged all the same.
    package let limit: TimeAmount
    private let state = Mutex(State())

    /// What a request counts for in the account of what requests hold, beside its body, while its head is kept: for the
    /// second look at one that waits. Its objects, and the head.
    static func heldBytes(of request: HTTPRequest) -> Int {
        let target = (request.path?.utf8.count ?? 0) + (request.authority?.utf8.count ?? 0)
        return request.headerFields.reduce(2048 + target) { sum, field in
            sum + 128 + field.name.rawName.utf8.count + field.value.utf8.count
        }
    }

    package init(limit: TimeAmount) { self.limit = limit }

    // MARK: The rules' side

    /// It is worth another look. On any thread; later calls do nothing.
    package func end() { finish()?() }

    /// Says whom to tell when the request does not wait any more, whatever the reason: at once if that is so already.
    package func whenGivenUp(_ callback: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.whenGivenUp = callback }
            return state.isOver
        }
        if isOver { callback() }
    }

    // MARK: The connection's side

    /// Says whom to call when the rules end it: at once, if they have already. Not behind ``giveUp()``.
    func whenOver(_ callback: @escaping @Sendable () -> Void) {
        let isOver = state.withLock { state in
            if !state.isOver { state.whenOver = callback }
            return state.isOver
        }
        if isOver { callback() }
    }

    /// The request waits no more: its time is over, or its client has left.
    func giveUp() { _ = finish() }

    /// - Returns: the connection's callback, if it is to be called.
    private func finish() -> (@Sendable () -> Void)? {
        let (whenOver, whenGivenUp) = state.withLock { state in
            defer { (state.isOver, state.whenOver, state.whenGivenUp) = (true, nil, nil) }
            return (state.whenOver, state.whenGivenUp)
        }
        whenGivenUp?()
        return whenOver
    }
}
