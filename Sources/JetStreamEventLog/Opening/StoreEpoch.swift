// The epoch of a log on JetStream. It stands in the stream of the state, where all nodes read it, from the first start
// on. Where it does not, that stream was lost, and with it which names the log has had: so another epoch begins, and no
// id comes to mean another event.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// A record of an epoch: which one the events have from a place on.
struct EpochRecord: Sendable, Equatable, JSONObject {
    var epoch = ""
    /// The newest sequence that the stream had when the epoch began: what comes behind it is the epoch's.
    var from: Position = 0
    /// When the events stream was made. A record of another stream's says nothing.
    var created = ""
    /// Where the stream's epochs before this one ended, the newest last.
    var ends: [EpochEnd] = []

    /// How many earlier epochs are known.
    static let mostEnds = 16

    init() {}

    /// - Parameters:
    ///   - former: the epoch that ends, if it is known.
    ///   - ends: those of the record before.
    init(_ epoch: Epoch, from: Position, created: String, after former: Epoch? = nil, ends: [EpochEnd] = []) {
        (self.epoch, self.from, self.created) = (epoch.text, from, created)
        // Of an older epoch no more is left than of this one.
        let older = ends.map { EpochEnd(epoch: $0.epoch, end: min($0.end, from)) }
        let newest = former.map { [EpochEnd(epoch: $0.text, end: from)] } ?? []
        self.ends = (older + newest).suffix(Self.mostEnds)
    }

    /// The epoch's name, if it is one.
    var name: Epoch? { Epoch(epoch) }

    /// For whoever comes back with an id of an earlier epoch.
    var endsByEpoch: [Epoch: Position] {
        ends.reduce(into: [:]) { ends, end in
            if let epoch = Epoch(end.epoch) { ends[epoch] = end.end }
        }
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "epoch": epoch = try reader.readString()
        case "from": from = try reader.readSequence()
        case "created": created = try reader.readString()
        case "ends": ends = try reader.readObjects(EpochEnd.self)
        default: try reader.skipValue()
        }
    }

    /// A message's payload.
    var payload: ByteBuffer {
        var writer = JSONWriter()
        var list = JSONWriter()
        list.array(ends) { end, members in end.write(to: &members) }
        writer.object { members in
            members.string("epoch", epoch)
            members.integer("from", Int64(clamping: from))
            members.string("created", created)
            members.raw("ends", list.bytes)
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// Reads a message's payload; nothing when it is no such record.
    init?(payload: ByteBuffer) {
        do throws(JSONError) {
            try self.init(json: Array(payload.readableBytesView))
        } catch {
            return nil
        }
    }
}

/// Where an epoch ended.
struct EpochEnd: Sendable, Equatable, JSONObject {
    var epoch = ""
    var end: Position = 0

    init() {}

    init(epoch: String, end: Position) { (self.epoch, self.end) = (epoch, end) }

    func write(to members: inout JSONMembers) {
        members.string("epoch", epoch)
        members.integer("end", Int64(clamping: end))
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "epoch": epoch = try reader.readString()
        case "end": end = try reader.readSequence()
        default: try reader.skipValue()
        }
    }
}
