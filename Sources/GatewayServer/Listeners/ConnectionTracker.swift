// Which connections are open: for the limit on them, and so that a gateway that goes down can tell each of them.

internal import GatewayHTTP
internal import NIOCore
internal import Synchronization

/// The open connections of one listener.
final class ConnectionTracker: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isQuiescing = false
        var emptied: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let excess: Int

    /// - Parameters:
    ///   - limit: how many connections may be open at once.
    ///   - excess: how many more are taken to be told that they are too many.
    init(limit: Int, excess: Int = 0) {
        self.limit = limit
        self.excess = excess
    }

    /// What becomes of a new connection.
    enum Admission: Equatable {
        case served
        /// It is one too many: it is told so, and closed.
        case turnedAway
        /// Close it: there are too many to tell, or the listener goes down.
        case refused
    }

    var count: Int { state.withLock { $0.channels.count } }

    /// Counts a connection in, until it is closed: be it before it was ever active.
    func admit(_ channel: any Channel) -> Admission {
        let admission = state.withLock { state in
            let (count, mostTold) = (state.channels.count, limit.addingReportingOverflow(excess))
            guard !state.isQuiescing, mostTold.overflow || count < mostTold.partialValue else {
                return Admission.refused
            }
            state.channels[ObjectIdentifier(channel)] = channel
            return count < limit ? .served : .turnedAway
        }
        if admission != .refused { channel.closeFuture.whenComplete { _ in self.release(channel) } }
        return admission
    }

    private func release(_ channel: any Channel) {
        let emptied = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            return state.channels.isEmpty ? state.emptied.take() : nil
        }
        emptied?.resume()
    }

    /// Takes no further connection, and has each open one close when its exchange under way is over.
    func quiesce() {
        let channels = state.withLock { state in
            state.isQuiescing = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Cuts off what is still open.
    func cutOffAll() {
        for channel in state.withLock({ Array($0.channels.values) }) {
            channel.triggerUserOutboundEvent(CutOff(), promise: nil)
        }
    }

    /// Returns when no connection is open any more. One caller at a time, behind ``quiesce()``.
    func waitUntilEmpty() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard !state.channels.isEmpty, !Task.isCancelled else { return true }
                    state.emptied = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.emptied.take() }?.resume()
        }
    }
}

/// Closes its channel when it has to be at once. The pipeline's first handler.
final class CutOffHandler: ChannelOutboundHandler {
    typealias OutboundIn = NIOAny

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CutOff else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }
}
