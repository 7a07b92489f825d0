internal import EventStream
internal import NIOCore
internal import NIOHTTP1

/// Does an event source's work, one message at a time: connect, read, wait, again.
///
/// It acts; `EventSourceState` decides.
package struct EventSourceIterator: AsyncIteratorProtocol {
    private enum Phase {
        case connect
        case read
        case wait(Duration)
        case finished
    }

    private let source: EventSource
    private var state: EventSourceState
    private var phase = Phase.connect
    private var parts: ResponseParts.AsyncIterator?
    private var parser = EventStreamParser()
    private var pending = CircularBuffer<EventSourceMessage>()

    init(_ source: EventSource) {
        self.source = source
        self.state = EventSourceState(
            lastEventID: source.configuration.lastEventID?.text ?? "", backoff: source.configuration.backoff)
    }

    /// The next message.
    ///
    /// - Returns: `nil` behind `closed`, and when the task is cancelled.
    package mutating func next() async -> EventSourceMessage? {
        while !Task.isCancelled {
            if let message = pending.popFirst() { return message }
            switch phase {
            case .connect: await connect()
            case .read: await read()
            case .wait(let delay): await wait(delay)
            case .finished: return nil
            }
        }
        finish()
        return nil
    }

    private mutating func connect() async {
        state.connecting()
        do {
            var parts = try await source.connect(lastEventID: state.lastEventID)
            switch try await ResponseReader.verdict(on: &parts) {
            case .open:
                self.parts = parts
                parser = EventStreamParser(
                    limit: source.configuration.maximumEventBytes, lastEventID: state.lastEventID)
                phase = .read
                state.opened(at: source.surroundings.now())
                pending.append(.opened)
            case .stop(let error): close(error)
            case .retry(let error, let after): conclude(error, notBefore: after)
            }
        } catch {
            conclude(GatewayClientError(connectionError: error, to: source.connector.url))
        }
    }

    private mutating func read() async {
        do {
            switch try await parts?.next() {
            case .body(let bytes): try take(bytes)
            case .head: break
            case .end, nil:
                conclude(GatewayClientError(code: .connectionClosed, message: "the gateway ended the stream"))
            }
        } catch {
            conclude(GatewayClientError(connectionError: error, to: source.connector.url))
        }
    }

    private mutating func wait(_ delay: Duration) async {
        do {
            try await source.surroundings.sleep(delay)
            phase = .connect
        } catch {
            finish()
        }
    }

    /// Complete events are kept even when what follows them is too large.
    private mutating func take(_ bytes: ByteBuffer) throws {
        var items: [EventStreamItem] = []
        defer {
            for item in items {
                if let message = state.received(item) { pending.append(message) }
            }
            state.reached(lastEventID: parser.lastEventID)
        }
        do {
            try parser.feed(bytes, into: &items)
        } catch {
            throw GatewayClientError(code: .tooLarge, message: error.message, cause: error)
        }
    }

    private mutating func conclude(_ error: GatewayClientError, notBefore least: Duration = .zero) {
        parts = nil
        let (now, jitter) = (source.surroundings.now(), source.surroundings.jitter())
        switch state.ended(error, at: now, notBefore: least, jitter: jitter) {
        case .reconnect(let delay, let reason):
            pending.append(.reconnecting(after: delay, reason: reason))
            phase = .wait(delay)
        case .close(let reason): close(reason)
        }
    }

    private mutating func close(_ reason: GatewayClientError) {
        finish()
        pending.append(.closed(reason: reason))
    }

    /// Dropping the parts closes the connection.
    private mutating func finish() {
        parts = nil
        phase = .finished
    }
}
