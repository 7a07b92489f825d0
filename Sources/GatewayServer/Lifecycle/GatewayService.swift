// The gateway's life: it opens, serves, and stops without losing what is under way.

internal import EventHub
internal import EventLog
internal import KeySources
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PlainWords
internal import ServiceLifecycle

/// Opens the listeners, and on shutdown serves on for a while, quiesces, drains, and at the deadline cuts off.
struct GatewayService: Service {
    let parts: GatewayParts
    let sockets: PassedSockets
    let group: MultiThreadedEventLoopGroup
    let adminGroup: MultiThreadedEventLoopGroup
    let logger: Logger
    /// Asks for an end of the stop before its time.
    let impatience: Impatience
    /// Called when connections can come.
    let whenReady: @Sendable () -> Void

    func run() async throws {
        // The admin listener opens first and closes last, because probes have to see a gateway that starts or drains.
        let configuration = parts.reloader.configuration
        let admin = try await open(
            .admin, { try await parts.admin.bind(on: adminGroup, passed: $0) },
            at: (configuration.admin.address, configuration.admin.port), keys: "admin.address, admin.port")
        parts.dashboard.start()
        do {
            try await openLoops()
            let listener = try await open(
                .public, { try await parts.listener.bind(on: group, passed: $0) },
                at: (configuration.listen.address, configuration.listen.port), keys: "listen.address, listen.port")
            parts.housekeeping.start(on: adminGroup.next())
            parts.certificates.look()
            let looks = adminGroup.next().scheduleRepeatedTask(
                initialDelay: .seconds(2), delay: .seconds(2)
            ) { [parts] _ in parts.certificates.look() }
            defer { looks.cancel() }
            watch(listener)
            parts.canary?.start(at: listener.localAddress)
            parts.health.phase = .ready
            parts.notices.ready()
            whenReady()
            await serve()
            await drain(listener)
            await parts.dashboard.stop()
        } catch {
            try? await admin.close().get()
            throw error
        }
        try? await admin.close().get()
    }

    /// Serves, and reloads meanwhile, until it is told to stop and `shutdown.delay` is over.
    private func serve() async {
        let ticks = adminGroup.next().scheduleRepeatedTask(
            initialDelay: TimeAmount(FileWatch.interval), delay: TimeAmount(FileWatch.interval)
        ) { [parts] _ in
            parts.reloader.tick()
            parts.keeper.tick()
        }
        defer { ticks.cancel() }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await parts.reloader.run() }
            tasks.addTask { await parts.keeper.run { parts.reloader.adoptKeys() } }
            if let cluster = parts.cluster { tasks.addTask { await cluster() } }
            tasks.addTask {
                try? await gracefulShutdown()
                await lameDuck()
            }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    private func openLoops() async throws {
        do {
            try await parts.listener.loops.open()
        } catch {
            throw StartupError(.listen, "An event loop can't be given its pipe: \(PlainError.text(error)).")
        }
    }

    /// As a URL has it (RFC 3986 §3.2.2).
    private static func words(for address: SocketAddress?) -> String {
        guard let host = address?.ipAddress, let port = address?.port else { return "" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private func open(
        _ purpose: PassedSockets.Purpose, _ bind: (CInt?) async throws -> any Channel,
        at place: (address: String, port: Int), keys: String
    ) async throws -> any Channel {
        do {
            let channel = try await bind(sockets[purpose])
            logger.notice(
                "Listening.",
                metadata: [
                    "listener": "\(purpose.rawValue)",
                    "address": "\(Self.words(for: channel.localAddress))",
                    "socket": sockets[purpose] == nil ? "its own" : "the service manager's",
                ])
            return channel
        } catch {
            let (address, port) = place
            let holder = PlainError.isInUse(error) ? PortHolder.find(address: address, port: port) : nil
            let reason = holder.map { "is in use by \($0); stop it, or choose another" } ?? PlainError.listening(error)
            throw StartupError(.listen, "\(keys): \(address):\(port) \(reason)")
        }
    }

    /// On some errors of accept(2) NIO closes the listener. Nobody can connect then, and the process has to be
    /// restarted.
    private func watch(_ listener: any Channel) {
        listener.closeFuture.whenComplete { [health = parts.health, logger] _ in
            guard health.listenerClosed() else { return }
            logger.critical("The system has closed the public listener. Nobody can connect: start the gateway anew.")
        }
    }

    /// Goes on serving, unready, so that who sends traffic here learns of the end before a connection is refused.
    private func lameDuck() async {
        let shutdown = parts.reloader.configuration.shutdown
        parts.notices.stopping(within: shutdown.delay + shutdown.drain + Self.grace * 4)
        guard shutdown.delay > .zero else { return }
        parts.health.phase = .lameDuck
        logger.notice("Stopping soon.", metadata: ["delay": "\(shutdown.delay)"])
        await impatience.wait(atMost: shutdown.delay)
    }

    private func drain(_ listener: any Channel) async {
        let window = parts.reloader.configuration.shutdown.drain
        logger.notice(
            "Draining.",
            metadata: ["streams": .stringConvertible(parts.hub.streamCount), "window": "\(window)"])
        parts.health.phase = .draining
        // A reload may have changed it since the stop began.
        parts.notices.extend(by: window + Self.grace * 4)
        parts.canary?.stop()
        await BoundedWait.atMost(Self.grace) { [hub = parts.hub] in
            try? await listener.close().get()
            await hub.drain(over: TimeAmount(window))
        }
        parts.listener.tracker.quiesce()
        await waitForConnections(atMost: window + Self.grace)
        logger.notice("Drained.", metadata: ["connections": .stringConvertible(parts.listener.tracker.count)])
        // After a second signal there are streams yet. Their clients have not closed them, and should come back.
        parts.hub.endDrain()
        parts.listener.tracker.cutOffAll()
    }

    /// How long after the window a connection may take for its last answer and its close_notify.
    private static let grace = Duration.seconds(2)

    private func waitForConnections(atMost time: Duration) async {
        let tracker = parts.listener.tracker
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await tracker.waitUntilEmpty() }
            tasks.addTask { await impatience.wait(atMost: time) }
            await tasks.next()
            tasks.cancelAll()
        }
    }
}
