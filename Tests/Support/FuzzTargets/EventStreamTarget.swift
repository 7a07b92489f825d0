internal import EventStream
internal import NIOCore

/// What a stream's client reads: the same events, however they were cut.
enum EventStreamTarget {
    static func read(_ pieces: Pieces) {
        precondition(events(pieces.all) == events([pieces.whole]), "pieces make other events than the whole")
    }

    private static func events(_ pieces: [ByteBuffer]) -> [String] {
        var (parser, items) = (EventStreamParser(limit: 4096), [EventStreamItem]())
        for piece in pieces {
            do throws(EventStreamError) {
                try parser.feed(piece, into: &items)
            } catch {
                // Where it gives up may depend on the cut; that it holds no more than its limit does not.
                return []
            }
        }
        return items.map { "\($0)" }
    }
}
