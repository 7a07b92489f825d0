// The gateway's own streams, by which it knows that others' work: one per event loop, through its listener and TLS, and
// every few seconds a note to all of them behind a write to the event log. What the probes say of it is `CanaryBook`'s.

internal import EventHub
internal import GatewayRules
internal import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import PeerText
internal import PlainWords
internal import Synchronization

/// Keeps a canary on each event loop, and has it sung to.
final class Canary: Sendable {
    struct Parts: Sendable {
        let hub: EventHub
        let live: Live<LiveSettings>
        let pass: CanaryPass
        let registry: PrometheusRegistry
        let logger: Logger
        /// The time, in seconds since 1970-01-01T00:00:00Z.
        let time: @Sendable () -> Int64
    }

    private struct State {
        var book: CanaryBook
        /// By event loop.
        var channels: [Int: any Channel] = [:]
        /// Those that are not known yet to be on any.
        var arriving: [ObjectIdentifier: any Channel] = [:]
        var opening = 0
        /// How many connections may still be opened before the next beat: which loop one comes to is not ours to say.
        var attempts = 0
        var number: UInt64 = 0
        var isLogWaiting = false
        var attempt = CanaryAttempt()
        var isStopped = false
        /// What is wrong with the certificate, at the last beat.
        var certificateFault: String?
        /// Since when a loop's canary could not be opened.
        var unknownSince: NIODeadline?
        var isUnknownTold = false
        var reporter = ChangeReporter<CanaryBook.Faults>(CanaryBook.Faults())
    }

    private let parts: Parts
    private let interval: TimeAmount
    private let limit: TimeAmount
    private let loops: Int
    private let eventLoop: any EventLoop
    private let state: Mutex<State>

    private static let metric = "sluice_canary_seconds"
    /// How long a connection may take until its stream is open. A machine that has much to do is not asked in vain.
    private static let patience = TimeAmount.seconds(15)

    /// - Parameters:
    ///   - eventLoop: where the canaries' clients are: the admin listener's, which goes on whatever the others do.
    init(
        _ parts: Parts, interval: TimeAmount, limit: TimeAmount, loops: Int, on eventLoop: any EventLoop
    ) {
        (self.parts, self.interval, self.limit) = (parts, interval, limit)
        (self.loops, self.eventLoop) = (loops, eventLoop)
        state = Mutex(State(book: CanaryBook(loops: loops, limit: limit)))
    }

    /// What is wrong now.
    var faults: CanaryBook.Faults {
        state.withLock { state in
            var faults = state.book.faults(at: .now())
            if let fault = state.certificateFault {
                faults.publishing.append(fault)
                faults.streaming.append(fault)
            }
            return faults
        }
    }

    /// Sets the metric. A loop of which nothing is known has none.
    func sample() {
        for (loop, age) in state.withLock({ $0.book.ages(at: .now()) }).enumerated() {
            let gauge = parts.registry.gauge(Self.metric, [("loop", "\(loop)")])
            if let age {
                gauge.set(Double(age.nanoseconds / 1_000_000) / 1000)
            } else {
                parts.registry.destroyMeter(gauge)
            }
        }
    }

    /// Begins.
    ///
    /// - Parameter listener: where the public listener listens.
    func start(at listener: SocketAddress?) {
        let ways = listener.map { CanaryWay.all(to: $0) } ?? []
        guard !ways.isEmpty else { return }
        eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: interval) { task in
            if self.state.withLock({ $0.isStopped }) { return task.cancel() }
            self.beat(ways)
        }
    }

    /// Ends: the gateway goes down, and its canaries hold nothing up.
    func stop() {
        let channels = state.withLock { state in
            state.isStopped = true
            defer { (state.channels, state.arriving) = ([:], [:]) }
            return Array(state.channels.values) + state.arriving.values
        }
        for channel in channels { channel.close(promise: nil) }
    }

    // MARK: Notes

    private func beat(_ ways: [CanaryWay]) {
        let fault = parts.live.value.canary.fault(at: parts.time())
        let (deaf, isTime) = state.withLock { state in
            state.certificateFault = fault
            // A connection comes to one loop after the other, and others' come in between.
            state.attempts = 2 * loops + 2
            let deaf = state.book.deaf(at: .now()).compactMap { loop in
                state.book.closed(on: loop, at: .now())
                return state.channels.removeValue(forKey: loop)
            }
            return (deaf, state.attempt.begins(beat: interval, ways: ways.count))
        }
        for channel in deaf { channel.close(promise: nil) }
        sing()
        if isTime { connect(ways) }
        tell()
        tellUnknown()
    }

    private func sing() {
        let (number, goesThroughLog) = state.withLock { state in
            state.number += 1
            state.book.sends(state.number, at: .now())
            state.book.tries(at: .now())
            defer { state.isLogWaiting = true }
            return (state.number, !state.isLogWaiting)
        }
        // While the log keeps it waiting, the loops are asked alone: streams do not need a log that can be written.
        guard goesThroughLog else { return parts.hub.sing(CanaryNote(number: number, isLogged: false)) }
        parts.hub.singThroughLog(number) { [parts] failure in
            self.state.withLock { state in
                state.isLogWaiting = false
                if failure == nil { state.book.wrote() }
            }
            if failure != nil { parts.hub.sing(CanaryNote(number: number, isLogged: false)) }
        }
    }

    private func tell() {
        let faults = faults
        guard let line = state.withLock({ $0.reporter.line(for: faults, at: .now) }) else { return }
        guard line.state != CanaryBook.Faults() else {
            parts.logger.notice("The gateway's own streams get their notes.")
            return
        }
        var metadata: Logger.Metadata = [:]
        for (purpose, faults) in [("publish", line.state.publishing), ("streams", line.state.streaming)]
        where !faults.isEmpty {
            metadata[purpose] = "\(faults.joined(separator: "; "))"
        }
        parts.logger.warning(
            "The gateway's own streams do not get their notes: a probe says so.", metadata: metadata)
    }

    /// Says once when canaries can't be opened. No probe says it: others may be served well.
    private func tellUnknown() {
        let (loops, reason) = state.withLock { state in
            guard !state.book.unknown.isEmpty else {
                (state.unknownSince, state.isUnknownTold) = (nil, false)
                return ([Int](), "")
            }
            let since = state.unknownSince ?? .now()
            state.unknownSince = since
            guard !state.isUnknownTold, .now() - since >= limit else { return ([], "") }
            state.isUnknownTold = true
            return (state.book.unknown, state.attempt.reason)
        }
        guard !loops.isEmpty else { return }
        parts.logger.warning(
            "The gateway's own streams can't be opened. Its probes do without them.",
            metadata: ["loops": "\(loops.map(String.init).joined(separator: " "))", "reason": "\(reason)"])
    }

    // MARK: Connections

    /// Opens what is missing.
    private func connect(_ ways: [CanaryWay]) {
        let count = state.withLock { state in
            let missing = loops - state.channels.count - state.opening - state.arriving.count
            let count = state.isStopped ? 0 : max(0, min(missing, state.attempts))
            state.attempts -= count
            state.opening += count
            return count
        }
        guard count > 0 else { return }
        switch parts.live.value.canary.verification {
        case .success(let trust): for _ in 0..<count { connect(ways, trust) }
        case .failure(let error):
            state.withLock { state in
                state.opening -= count
                state.attempt.failed(state.attempt.way, error.message, of: ways.count)
            }
        }
    }

    private func connect(_ ways: [CanaryWay], _ trust: CanaryTrust.Verification) {
        let number = state.withLock { $0.attempt.way }
        let way = ways[number % ways.count]
        let failed: @Sendable (String?) -> Void = { reason in
            self.state.withLock { $0.attempt.failed(number, reason, of: ways.count) }
        }
        var bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(Self.patience)
        // From the address of ours, so that no count of connections has it.
        if way.mayChooseItsOwn, let own = try? SocketAddress(ipAddress: "\(parts.pass.address)", port: 0) {
            bootstrap = bootstrap.bind(to: own)
        }
        let (own, proxies) = (parts.pass.address, parts.live.value.configuration.listen.proxyProtocolFrom)
        bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    CanaryProxyHeaderHandler { $0 != own && proxies.contain($0) },
                    OpenSSLHandler(
                        clientContext: trust.context, serverName: trust.serverName, handshakeTimeout: Self.patience),
                    CanaryHandler(
                        request: self.request, heard: { self.heard($0, from: channel, ways) }, failed: failed),
                ])
            }
        }.connect(to: way.address).whenComplete { self.connected($0, failed) }
    }

    /// HTTP/1.0, so that the body is the stream as it is.
    private var request: String {
        "GET /v1/stream HTTP/1.0\r\nHost: canary\r\nAuthorization: \(parts.pass.credential)\r\n\r\n"
    }

    private func connected(_ result: Result<any Channel, any Error>, _ failed: @escaping @Sendable (String?) -> Void) {
        switch result {
        case .failure(let error):
            state.withLock { $0.opening -= 1 }
            failed(PlainError.text(error))
        case .success(let channel): arrived(channel, failed)
        }
    }

    private func arrived(_ channel: any Channel, _ failed: @escaping @Sendable (String?) -> Void) {
        let id = ObjectIdentifier(channel)
        let isStopped = state.withLock { state in
            state.opening -= 1
            if !state.isStopped { state.arriving[id] = channel }
            return state.isStopped
        }
        guard !isStopped else { return channel.close(promise: nil) }
        let timeout = channel.eventLoop.scheduleTask(in: Self.patience) {
            if self.state.withLock({ $0.arriving[id] != nil }) { channel.close(promise: nil) }
        }
        channel.closeFuture.whenComplete { _ in
            timeout.cancel()
            if self.forget(channel) { failed(nil) }
        }
    }

    /// - Returns: whether it has never been on any loop.
    private func forget(_ channel: any Channel) -> Bool {
        state.withLock { state in
            for (loop, other) in state.channels where other === channel {
                state.channels[loop] = nil
                state.book.closed(on: loop, at: .now())
            }
            return state.arriving.removeValue(forKey: ObjectIdentifier(channel)) != nil
        }
    }

    private func heard(_ word: CanaryReading.Word, from channel: any Channel, _ ways: [CanaryWay]) {
        switch word {
        case .opened(let loop): opened(channel, on: loop, ways)
        case .note(let note):
            state.withLock { state in
                guard let loop = state.channels.first(where: { $0.value === channel })?.key else { return }
                state.book.heard(note.number, isLogged: note.isLogged, on: loop)
            }
        case .other: break
        }
    }

    private func opened(_ channel: any Channel, on loop: Int, _ ways: [CanaryWay]) {
        let isWanted = state.withLock { state in
            state.arriving[ObjectIdentifier(channel)] = nil
            state.attempt.succeeded()
            guard !state.isStopped, state.channels[loop] == nil, (0..<loops).contains(loop) else { return false }
            state.channels[loop] = channel
            state.book.opened(on: loop, at: .now())
            return true
        }
        guard !isWanted else { return }
        // That loop has one. The next connection comes to another.
        channel.close(promise: nil)
        connect(ways)
    }
}
