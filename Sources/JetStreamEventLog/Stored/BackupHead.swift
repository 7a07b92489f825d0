// What stands beside the archive of a stream in a backup: which stream it was, and under which epoch its events were
// known.

package import EventLog
internal import StrictJSON

/// A backup of one stream, without its messages.
package struct BackupHead: Sendable, Equatable {
    /// The stream's name.
    package private(set) var stream = ""
    package private(set) var messages: UInt64 = 0
    package private(set) var bytes: UInt64 = 0
    /// The sequence of its newest message.
    package private(set) var last: Position = 0
    /// When the stream was made, in the server's words. A stream that is restored may be made anew for the server.
    var created = ""
    /// Of the stream with the events: the epoch at that time, and where those before it had ended.
    package internal(set) var epoch: Epoch?
    var ends: [EpochEnd] = []
    /// The stream's configuration and state, as the server wrote them and wants them back.
    private(set) var config: [UInt8] = []
    private(set) var state: [UInt8] = []

    package init() {}

    /// Reads what ``json`` has written.
    ///
    /// - Returns: nothing when it is no such text.
    package init?(reading json: [UInt8]) {
        do throws(JSONError) {
            try self.init(json: json)
        } catch {
            return nil
        }
        guard !stream.isEmpty, !state.isEmpty else { return nil }
    }

    /// One JSON object.
    package var json: [UInt8] {
        var list = JSONWriter()
        list.array(ends) { end, members in end.write(to: &members) }
        var writer = JSONWriter()
        writer.object { members in
            members.raw("config", config)
            members.raw("state", state)
            members.string("created", created)
            if let epoch { members.string("epoch", epoch.text) }
            members.raw("ends", list.bytes)
        }
        return writer.bytes
    }
}

extension BackupHead: JSONObject {
    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "config":
            config = Array(try reader.readRaw())
            stream = try StreamConfig(json: config).name
        case "state":
            state = Array(try reader.readRaw())
            let contents = try StreamInfo.Contents(json: state)
            (messages, bytes, last) = (contents.messages, contents.bytes, contents.lastSequence)
        case "created": created = try reader.readString()
        case "epoch": epoch = Epoch(try reader.readString())
        case "ends": ends = try reader.readObjects(EpochEnd.self)
        default: try reader.skipValue()
        }
    }
}

extension APIRequest<BackupHead> {
    /// Has the leader send a stream to a subject, its sums looked through before. What is on its way is bounded, by
    /// servers that know the bound.
    static func snapshot(of stream: String, to subject: String) -> Self {
        APIRequest("STREAM.SNAPSHOT.\(stream)") { members in
            members.string("deliver_subject", subject)
            members.bool("no_consumers", true)
            members.integer("chunk_size", 128 << 10)
            members.integer("window_size", 4 << 20)
            members.bool("jsck", true)
        }
    }
}

/// Where the chunks of a stream go that is restored.
struct RestorePlace: JSONObject {
    var subject = ""

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        if name == "deliver_subject" { subject = try reader.readString() } else { try reader.skipValue() }
    }
}

extension APIRequest<RestorePlace> {
    static func restore(_ head: BackupHead) -> Self {
        APIRequest("STREAM.RESTORE.\(head.stream)") { members in
            members.raw("config", head.config)
            members.raw("state", head.state)
        }
    }
}

extension APIRequest<Done> {
    /// Removes a stream, with all that is in it.
    static func delete(_ stream: String) -> Self { APIRequest("STREAM.DELETE.\(stream)") }
}
