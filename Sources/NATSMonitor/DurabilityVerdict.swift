// Whether the servers of a cluster keep what they acknowledge, by what they say of themselves. A value: it asks nobody.

/// What a publisher's answer can be believed to mean.
package struct DurabilityVerdict: Sendable, Equatable {
    /// What refutes `full`: each a sentence's end, with what to do.
    package var refutations: [String] = []
    /// Servers that could not be asked, or have no JetStream now or are not in their cluster's yet, and so acknowledge
    /// nothing: each with the reason.
    package var unasked: [String] = []
    /// What works and may lose data: each a sentence.
    package var warnings: [String] = []
    /// The servers that were asked.
    package var serverIDs: Set<String> = []

    /// Whether each server has said that it syncs what it acknowledges.
    package var isFull: Bool { refutations.isEmpty && unasked.isEmpty && !serverIDs.isEmpty }

    /// Judges the servers.
    ///
    /// - Parameters:
    ///   - answers: of each monitoring endpoint that is configured.
    ///   - order: the endpoints, in the order of the configuration.
    package init(_ answers: [MonitorURL: Result<ServerReport, MonitorError>], in order: [MonitorURL]) {
        var reports: [ServerReport] = []
        for url in order {
            switch answers[url] {
            case .success(let report) where !report.hasJetStream:
                unasked.append(
                    "\(Self.name(report, at: url)) has no JetStream: NATS turns it off when the disk is full. Make "
                        + "room and start it anew; or turn it on there, or take it out of log.jetstream.monitor")
            case .success(let report) where report.isClustered && !report.hasJoined:
                unasked.append(
                    "\(Self.name(report, at: url)) has not found the JetStream of its cluster: it is starting, or its "
                        + "disk is full; if it stays so, look into its log")
            case .success(let report):
                reports.append(report)
                judge(report, at: url)
            case .failure(let error): unasked.append(error.message)
            case nil: unasked.append("\(url) was not asked")
            }
        }
        serverIDs = Set(reports.map(\.serverID))
        count(reports, of: order.count)
    }

    /// Holds the verdict to the servers that the log is on: it says nothing of others.
    ///
    /// - Parameter id: of the server that there is a connection to.
    package mutating func hold(connectionTo id: String) {
        guard !serverIDs.contains(id), !id.isEmpty else { return }
        // It may be one of those that have not answered.
        guard unasked.isEmpty else { return }
        refutations.append(
            "this gateway is connected to a server of NATS (\(id)) that no URL of log.jetstream.monitor leads to: they are "
                + "another cluster's, or not all of this one; name the monitoring URL of each")
        warnings.append(
            "log.jetstream.monitor leads to other servers than this gateway is connected to (\(id)), so that what they say "
                + "is not about its log; name the monitoring URL of each")
    }

    private mutating func judge(_ report: ServerReport, at url: MonitorURL) {
        let who = Self.name(report, at: url)
        for reproach in report.version.reproaches { warnings.append("\(who) \(reproach); upgrade it") }
        switch report.syncsAlways {
        case true: break
        case false:
            refutations.append(
                "\(who) does not sync what it acknowledges; set sync_interval: always in its jetstream block")
            warnings.append(
                "\(who) syncs every \(report.syncSeconds) s, so that a power cut of most servers loses what was acknowledged "
                    + "meanwhile (nats-server #7564); set sync_interval: always in its jetstream block")
        default:
            refutations.append("\(who) is too old to say whether it syncs what it acknowledges; upgrade it")
            warnings.append(
                "\(who) syncs every 120 s, so that a power cut of most servers loses what was acknowledged meanwhile "
                    + "(nats-server #7564), and it has no setting for that; upgrade it")
        }
    }

    private static func name(_ report: ServerReport, at url: MonitorURL) -> String {
        "the NATS server \(report.name.isEmpty ? report.serverID : report.name) (\(url), \(report.version))"
    }

    /// Whether the monitors are those of all servers.
    private mutating func count(_ reports: [ServerReport], of monitors: Int) {
        let size = reports.map(\.clusterSize).max() ?? 0
        guard unasked.isEmpty else { return }
        if size > serverIDs.count {
            refutations.append(
                "the cluster of NATS has \(size) servers, but log.jetstream.monitor leads to \(serverIDs.count) of them; "
                    + "name the monitoring URL of each")
        }
        if serverIDs.count < monitors {
            warnings.append(
                "two URLs of log.jetstream.monitor lead to the same server; name the monitoring URL of each")
        }
        if reports.count > 1, reports.contains(where: { !$0.isClustered }) {
            refutations.append("the servers behind log.jetstream.monitor are no cluster; name those of one")
        }
    }
}
