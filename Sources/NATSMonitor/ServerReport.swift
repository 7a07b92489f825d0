// What a server says of itself, so far as it decides whether what it acknowledges is safe.

internal import StrictJSON

/// A server's `/varz`, and what `/jsz` says of its cluster.
package struct ServerReport: Sendable, Equatable {
    /// New with each start of the server.
    package var serverID = ""
    package var name = ""
    package var version = ServerVersion()
    /// Whether JetStream is on.
    var hasJetStream = false
    /// Whether it syncs each message to its disk before it acknowledges (`sync_interval: always`); nothing from a
    /// server that does not know this setting (older than 2.10).
    var syncsAlways: Bool?
    /// How long a message may wait for its disk otherwise, in seconds.
    var syncSeconds: Int64 = 0
    /// How many servers its cluster's JetStream has; 1 for one that stands alone.
    var clusterSize = 1
    /// Whether it is configured as one of a cluster.
    var isClustered = false
    /// Whether it has found its cluster's JetStream. Until then, after a start, it acknowledges nothing.
    var hasJoined = false

    package init() {}

    /// Reads `/varz`.
    package init(varz: [UInt8], at url: MonitorURL) throws(MonitorError) {
        self.init()
        do throws(JSONError) {
            try JSONReader.readObject(varz) { name, reader throws(JSONError) in
                switch name {
                case "server_id": serverID = try reader.readString()
                case "server_name": self.name = try reader.readString()
                case "version": version = ServerVersion(try reader.readString())
                case "jetstream": try takeJetStream(&reader)
                case "cluster": try takeCluster(&reader)
                default: try reader.skipValue()
                }
            }
        } catch {
            throw MonitorError("what \(url)/varz answers is not nats-server's: it \(error)")
        }
        guard !serverID.isEmpty else { throw MonitorError("what \(url)/varz answers is not nats-server's") }
    }

    /// One that stands alone says `{}`.
    private mutating func takeCluster(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.kind() == .object else { return try reader.skipValue() }
        try reader.members { _, reader throws(JSONError) in
            isClustered = true
            try reader.skipValue()
        }
    }

    private mutating func takeJetStream(_ reader: inout JSONReader) throws(JSONError) {
        try reader.members { name, reader throws(JSONError) in
            guard name == "config", try reader.kind() == .object else { return try reader.skipValue() }
            hasJetStream = true
            try reader.members { name, reader throws(JSONError) in
                switch name {
                case "sync_always": syncsAlways = try reader.readBool()
                case "sync_interval":
                    syncSeconds = try reader.readNumber().int64() / 1_000_000_000
                    // `sync_always` is left out where it is false.
                    syncsAlways = syncsAlways ?? false
                default: try reader.skipValue()
                }
            }
        }
    }

    /// Reads `/jsz`.
    package mutating func take(jsz: [UInt8], at url: MonitorURL) throws(MonitorError) {
        do throws(JSONError) {
            try JSONReader.readObject(jsz) { name, reader throws(JSONError) in
                guard name == "meta_cluster", try reader.kind() == .object else { return try reader.skipValue() }
                hasJoined = true
                try reader.members { name, reader throws(JSONError) in
                    guard name == "cluster_size" else { return try reader.skipValue() }
                    clusterSize = Int(try reader.readNumber().int64())
                }
            }
        } catch {
            throw MonitorError("what \(url)/jsz answers is not nats-server's: it \(error)")
        }
    }
}

/// The names that clients have given themselves, of a server's `/connz`.
struct ClientNames: Sendable, Equatable {
    private(set) var names: [String] = []

    /// How many connections are looked at.
    static let limit = 4096

    init(connz: [UInt8], at url: MonitorURL) throws(MonitorError) {
        do throws(JSONError) {
            try JSONReader.readObject(connz) { name, reader throws(JSONError) in
                guard name == "connections", try reader.kind() == .array else { return try reader.skipValue() }
                var elements = try reader.beginArray()
                while try reader.nextElement(of: &elements) {
                    try reader.members { name, reader throws(JSONError) in
                        guard name == "name" else { return try reader.skipValue() }
                        names.append(try reader.readString())
                    }
                }
            }
        } catch {
            throw MonitorError("what \(url)/connz answers is not nats-server's: it \(error)")
        }
    }
}

extension JSONReader {
    fileprivate typealias Take = (String, inout JSONReader) throws(JSONError) -> Void

    fileprivate static func readObject(_ bytes: [UInt8], _ take: Take) throws(JSONError) {
        var reader = try JSONReader(bytes)
        try reader.members(take)
        try reader.finish()
    }

    fileprivate mutating func members(_ take: Take) throws(JSONError) {
        var members = try beginObject()
        while let name = try nextMember(of: &members) { try take(name, &self) }
    }
}
