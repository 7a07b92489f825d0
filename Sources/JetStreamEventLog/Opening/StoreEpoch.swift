// The epoch of a log on JetStream: made from when its stream was made, so that all nodes know it without asking each
// other, and from a record once the stream has gone back.

internal import EventLog
internal import NIOCore
internal import OpenSSLKit
internal import StrictJSON

/// A record that the events stream lost its end: from its place on there is another epoch.
struct EpochRecord: Sendable, Equatable, JSONObject {
    var epoch = ""
    /// The newest sequence that the stream had when it was noticed: what comes behind it is the epoch's.
    var from: Position = 0
    /// When the events stream was made that went back. A record of another stream's says nothing.
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

/// Which epoch a log has.
enum StoreEpoch {
    /// The epoch of a stream that has not gone back.
    ///
    /// - Parameter created: when it was made, in the server's words.
    static func epoch(of stream: String, created: String) throws(OpenSSLFailure) -> Epoch {
        let bytes = Array("\(stream) \(created)".utf8)
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        // 40 bits, as many as a fresh epoch has.
        let bits = try Digest.sha256(bytes.span).prefix(5).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let text = (0..<8).map { alphabet[Int(bits >> UInt64(35 - 5 * $0) & 31)] }
        guard let epoch = Epoch(String(decoding: text, as: UTF8.self)) else {
            preconditionFailure("An epoch's alphabet is one that epochs have.")
        }
        return epoch
    }

    /// The epoch of a stream, as its newest record has it.
    static func epoch(
        of stream: String, created: String, record: EpochRecord?
    ) throws(OpenSSLFailure) -> Epoch {
        if let record, record.created == created, let epoch = Epoch(record.epoch) { return epoch }
        return try epoch(of: stream, created: created)
    }
}
