// The gateway's own streams, by which it knows that others' work: one per event loop, through its listener and TLS, and
// every few seconds a note to all of them behind a write to the event log. What the probes say of it is `CanaryBook`'s.

internal import EventHub
internal import GatewayRules
internal import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import PeerText
internal import Synchronization

/// Keeps a canary on each event loop, and has it sung to.
final class Canary: Sendable {
    struct Parts: Sendable {
        let hub: EventHub
        let live: Live<LiveSettings>
        let pass: CanaryPass
        let registry: PrometheusRegistry
        let logger: Logger
        /// What is wrong with the certificate that canaries are served, now.
        let certificateFault: @Sendable () -> String?
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
        /// How many connections could not be opened: the next one is tried another way.
        var failures = 0
        var isStopped = false
        /// Whether the certificate names no host, so that nobody can verify it by a name, and no canary either.
        var isBlind = false
        var reporter = ChangeReporter<CanaryBook.Faults>(CanaryBook.Faults())
    }

    private let parts: Parts
    private let interval: TimeAmount
    private let loops: Int
    private let eventLoop: any EventLoop
    private let state: Mutex<State>
    private let gauges: [PrometheusGauge]

    /// How long a connection may take until its stream is open.
    private static let patience = TimeAmount.seconds(5)

    /// - Parameters:
    ///   - eventLoop: where the canaries' clients are: the admin listener's, which goes on whatever the others do.
    init(
        _ parts: Parts, interval: TimeAmount, limit: TimeAmount, loops: Int, on eventLoop: any EventLoop
    ) {
        (self.parts, self.interval, self.loops, self.eventLoop) = (parts, interval, loops, eventLoop)
        state = Mutex(State(book: CanaryBook(loops: loops, limit: limit, began: .now())))
        gauges = (0..<loops).map { parts.registry.gauge("sluice_canary_seconds", [("loop", "\($0)")]) }
    }

    /// What is wrong now.
    var faults: CanaryBook.Faults {
        var faults = state.withLock { $0.isBlind ? CanaryBook.Faults() : $0.book.faults(at: .now()) }
        if let fault = parts.certificateFault() {
            faults.publishing.append(fault)
            faults.streaming.append(fault)
        }
        return faults
    }

    /// Sets the metric.
    func sample() {
        for (gauge, age) in zip(gauges, state.withLock { $0.book.ages(at: .now()) }) {
            gauge.set(Double(age.nanoseconds / 1_000_000) / 1000)
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
        sing()
        let silent = state.withLock { state in
            state.attempts = 4 * loops + 4
            return state.book.silent(at: .now()).compactMap { state.channels.removeValue(forKey: $0) }
        }
        for channel in silent { channel.close(promise: nil) }
        connect(ways)
        tell()
    }

    private func sing() {
        let (number, goesThroughLog) = state.withLock { state in
            state.number += 1
            state.book.sends(state.number, at: .now())
            defer { state.isLogWaiting = true }
            return (state.number, !state.isLogWaiting)
        }
        // While the log keeps it waiting, the loops are asked alone: streams do not need a log that can be written.
        guard goesThroughLog else { return parts.hub.sing(CanaryNote(number: number, isLogged: false)) }
        parts.hub.singThroughLog(number) { [parts] failure in
            self.state.withLock { state in
                state.isLogWaiting = false
                if failure == nil { state.book.wrote(at: .now()) }
            }
            if failure != nil { parts.hub.sing(CanaryNote(number: number, isLogged: false)) }
        }
    }

    private func tell() {
        let faults = faults
        let line = state.withLock { state in
            state.book.isSettled(at: .now()) ? state.reporter.line(for: faults, at: .now) : nil
        }
        guard let line else { return }
        guard line.state != CanaryBook.Faults() else {
            parts.logger.notice("The gateway's own streams get their notes.")
            return
        }
        parts.logger.warning(
            "The gateway's own streams do not get their notes: a probe says so.",
            metadata: [
                "publish": "\(line.state.publishing.joined(separator: "; "))",
                "streams": "\(line.state.streaming.joined(separator: "; "))",
            ])
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
        do throws(TLSError) {
            let trust = try CanaryTrust(parts.live.value.configuration.tls)
            state.withLock { $0.isBlind = false }
            for _ in 0..<count { connect(ways, trust) }
        } catch {
            let isBlind = error.code == .serverNameInvalid
            let isNews = state.withLock { state in
                state.opening -= count
                defer { state.isBlind = isBlind }
                return isBlind && !state.isBlind
            }
            if isNews {
                parts.logger.warning(
                    "The certificate names no host, so that the gateway's own streams can't verify it. They are off.")
            }
            parts.logger.debug("A canary has no certificate to trust.", metadata: ["reason": "\(error.message)"])
        }
    }

    private func connect(_ ways: [CanaryWay], _ trust: CanaryTrust) {
        let way = ways[state.withLock { $0.failures } % ways.count]
        var bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(Self.patience)
        // From the address of ours, so that no count of connections has it.
        if way.mayChooseItsOwn, let own = try? SocketAddress(ipAddress: "\(parts.pass.address)", port: 0) {
            bootstrap = bootstrap.bind(to: own)
        }
        bootstrap.channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    OpenSSLHandler(
                        clientContext: trust.context, serverName: trust.serverName, handshakeTimeout: Self.patience),
                    CanaryHandler(request: self.request) { self.heard($0, from: channel, ways) },
                ])
            }
        }.connect(to: way.address).whenComplete { self.connected($0) }
    }

    /// HTTP/1.0, so that the body is the stream as it is.
    private var request: String {
        "GET /v1/stream HTTP/1.0\r\nHost: canary\r\nAuthorization: \(parts.pass.credential)\r\n\r\n"
    }

    private func connected(_ result: Result<any Channel, any Error>) {
        guard case .success(let channel) = result else {
            return state.withLock { state in
                state.opening -= 1
                state.failures += 1
            }
        }
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
            self.forget(channel)
        }
    }

    private func forget(_ channel: any Channel) {
        state.withLock { state in
            state.arriving[ObjectIdentifier(channel)] = nil
            for (loop, other) in state.channels where other === channel { state.channels[loop] = nil }
        }
    }

    private func heard(_ word: CanaryReading.Word, from channel: any Channel, _ ways: [CanaryWay]) {
        switch word {
        case .opened(let loop): opened(channel, on: loop, ways)
        case .note(let note):
            state.withLock { state in
                guard let loop = state.channels.first(where: { $0.value === channel })?.key else { return }
                state.book.heard(note.number, isLogged: note.isLogged, on: loop, at: .now())
            }
        case .other: break
        }
    }

    private func opened(_ channel: any Channel, on loop: Int, _ ways: [CanaryWay]) {
        let isWanted = state.withLock { state in
            state.arriving[ObjectIdentifier(channel)] = nil
            guard !state.isStopped, state.channels[loop] == nil, loop < loops else { return false }
            state.channels[loop] = channel
            return true
        }
        if !isWanted {
            // That loop has one. The next connection comes to another.
            channel.close(promise: nil)
            connect(ways)
        }
        // So that one that has just come need not wait for the next beat.
        guard isWanted, state.withLock({ $0.channels.count }) == loops else { return }
        sing()
    }
}
