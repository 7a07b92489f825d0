// The gateway over time: open, serve, and go down without losing what is under way.

internal import EventHub
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Opens the listeners, and on shutdown quiesces, drains, and at the deadline cuts off.
struct GatewayService: Service {
    let parts: GatewayParts
    let group: MultiThreadedEventLoopGroup
    let logger: Logger
    /// Told when connections can come.
    let whenReady: @Sendable () -> Void

    func run() async throws {
        checkFileDescriptors()
        // The admin listener first and last: probes have to see a gateway that is starting or draining.
        let admin = try await open(
            "admin", { try await parts.admin.bind(on: group) }, remedy: "admin.address, admin.port")
        do {
            try await openLoops()
            let listener = try await open(
                "listen", { try await parts.listener.bind(on: group) }, remedy: "listen.address, listen.port")
            let ticks = group.next().scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { [parts] _ in
                parts.listener.tracker.tick()
            }
            defer { ticks.cancel() }
            parts.certificates.look()
            let looks = group.next().scheduleRepeatedTask(initialDelay: .minutes(1), delay: .minutes(1)) { [parts] _ in
                parts.certificates.look()
            }
            defer { looks.cancel() }
            parts.readiness.state = .ready
            whenReady()
            try? await gracefulShutdown()
            await drain(listener)
        } catch {
            try? await admin.close().get()
            throw error
        }
        try? await admin.close().get()
    }

    private func openLoops() async throws {
        do {
            try await parts.listener.loops.open()
        } catch {
            throw StartupError(.listen, "An event loop can't be given its pipe: \(error). Raise `ulimit -n`.")
        }
    }

    private func open(
        _ name: String, _ bind: () async throws -> any Channel, remedy: String
    ) async throws -> any Channel {
        do {
            let channel = try await bind()
            logger.notice(
                "Listening.",
                metadata: ["listener": "\(name)", "address": "\(channel.localAddress?.description ?? "")"])
            return channel
        } catch {
            throw StartupError(
                .listen, "The \(name) address can't be listened on: \(error). Free it, or set \(remedy) to another.")
        }
    }

    private func drain(_ listener: any Channel) async {
        let window = parts.configuration.shutdown.drain
        logger.notice("Draining.", metadata: ["streams": "\(parts.hub.streamCount)", "window": "\(window)"])
        parts.readiness.state = .draining
        try? await listener.close().get()
        await parts.hub.drain(over: TimeAmount(window))
        parts.listener.tracker.quiesce()
        await waitForConnections(atMost: window + Self.grace)
        logger.notice("Drained.", metadata: ["connections": "\(parts.listener.tracker.count)"])
        parts.listener.tracker.cutOffAll()
    }

    /// How exactly the time of strangers is kept.
    private static let tick = TimeAmount.milliseconds(250)

    /// What a connection gets beyond the window for its last answer and TLS's goodbye.
    private static let grace = Duration.seconds(2)

    private func waitForConnections(atMost time: Duration) async {
        let tracker = parts.listener.tracker
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await tracker.waitUntilEmpty() }
            tasks.addTask { try? await Task.sleep(for: time) }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    private func checkFileDescriptors() {
        let available = FileDescriptors.raiseLimit()
        let wanted =
            parts.configuration.limits.connections + parts.configuration.limits.turnedAway + Self.ownDescriptors
        guard available < wanted else { return }
        logger.warning(
            "The system allows fewer open files than connections are configured. Raise `ulimit -n`, or lower limits.connections.",
            metadata: ["allowed": "\(available)", "wanted": "\(wanted)"])
    }

    /// Listeners, event loops, standard streams, and the admin listener's connections.
    private static let ownDescriptors = 128
}
