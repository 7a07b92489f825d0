// What a node tells the others of itself: how far it has followed the log, and whether it is current. It goes by NATS
// beside the log, is kept by nobody, and is anybody's word who may write to the cluster's subjects.

internal import EventLog
internal import StrictJSON

/// One node's place in the log.
struct NodeNews: Sendable, Equatable {
    /// New with each start of a node.
    var node: String
    var epoch: String
    /// Up to where it has followed the log. The newest event says less: a node that starts behind it has had none.
    var sequence: Position
    /// Whether it has its log at present.
    var isCurrent: Bool

    /// Longer names and epochs are not ours.
    private static let longest = 64

    /// As JSON.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.object { members in
            members.string("node", node)
            members.string("epoch", epoch)
            members.integer("sequence", Int64(clamping: sequence))
            members.bool("current", isCurrent)
        }
        return writer.bytes
    }

    init(node: String, epoch: String, sequence: Position, isCurrent: Bool) {
        (self.node, self.epoch, self.sequence, self.isCurrent) = (node, epoch, sequence, isCurrent)
    }

    /// Reads what another node has written; nothing when it is something else. Members that a later version adds are
    /// passed over.
    init?(json: [UInt8]) {
        do throws(JSONError) {
            self = try Self.read(json)
        } catch {
            return nil
        }
        guard (1...Self.longest).contains(node.utf8.count), (1...Self.longest).contains(epoch.utf8.count) else {
            return nil
        }
    }

    private static func read(_ json: [UInt8]) throws(JSONError) -> NodeNews {
        var news = NodeNews(node: "", epoch: "", sequence: 0, isCurrent: false)
        var reader = try JSONReader(json)
        var members = try reader.beginObject()
        while let name = try reader.nextMember(of: &members) {
            switch name {
            case "node": news.node = try reader.readString()
            case "epoch": news.epoch = try reader.readString()
            case "sequence": news.sequence = Position(clamping: try reader.readNumber().int64())
            case "current": news.isCurrent = try reader.readBool()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        return news
    }
}
