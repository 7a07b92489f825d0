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

    /// - Parameter limit: how many connections may be open at once.
    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { state.withLock { $0.channels.count } }

    /// Counts a connection in. False when the limit is reached or the listener goes down: close it.
    func admit(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard state.channels.count < limit, !state.isQuiescing else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    func release(_ channel: any Channel) {
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

/// Counts its channel out when it closes, and closes it when it has to be at once. The pipeline's first handler.
final class ConnectionReleaseHandler: ChannelDuplexHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny
    private let tracker: ConnectionTracker

    init(_ tracker: ConnectionTracker) {
        self.tracker = tracker
    }

    func channelInactive(context: ChannelHandlerContext) {
        tracker.release(context.channel)
        context.fireChannelInactive()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CutOff else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }
}
