// What a gateway that shares its log does beside serving: it watches the log's servers, and the other gateways.

internal import EventHub
internal import EventLog
internal import GatewayRules
internal import Logging
internal import NATSClient
internal import NATSMonitor
internal import NIOCore

/// One gateway's connection to its cluster, from the opening of the log to its end.
struct ClusterLink: Sendable {
    let client: NATSClient
    let name: String
    let news: ClusterNews
    let neighbours: Neighbours
    let metrics: ClusterMetrics
    let durability: DurabilityWatch
    /// What the log's servers have said before it was opened.
    let verdict: DurabilityVerdict?
    let settings: GatewayConfiguration.JetStream
    /// What the log has in memory of the newest events.
    let windowBytes: @Sendable () -> Int

    /// Tells at the start what has been found.
    func begin(_ promise: LogPromise, _ health: Health) { durability.tell(verdict, promise, health) }

    /// Watches until it is cancelled.
    func run(
        _ log: any EventLog, _ hub: EventHub, _ promise: LogPromise, _ health: Health, _ logger: Logger,
        window: @escaping @Sendable () -> TimeAmount
    ) async {
        let parts = ProgressWatch.Parts(
            client: client, name: name, stream: settings.stream, log: log, hub: hub, health: health, metrics: metrics,
            logger: logger, isConnected: { [news] in news.isConnected },
            otherClients: { [durability, settings, name] in
                await durability.otherClients(of: settings.stream, than: name)
            }, heard: { [neighbours] in neighbours.heard($0) }, windowBytes: windowBytes, window: window)
        // Until the end: a gateway that drains still has streams.
        neighbours.start(hub) { [news] in news.isConnected }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [durability, news] in await durability.run(promise, health, bell: news.bell) }
            tasks.addTask { [settings] in
                // The stream's name has been looked at, so that it makes a subject.
                try? await ProgressWatch(parts, giveUpAfter: TimeAmount(settings.giveUp)).run()
            }
            await tasks.waitForAll()
        }
    }

    func close() async {
        await neighbours.stop()
        await client.shutdown()
    }
}

/// The event log, and the cluster that it is shared with.
struct OpenedLog: Sendable {
    let log: any EventLog
    /// Nothing for a log that this process has for itself.
    var cluster: ClusterLink?
}
