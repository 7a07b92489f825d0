// The board's values as the page reads them. Names and nothing else.

internal import StrictJSON

extension Post {
    func write(to members: inout JSONMembers) {
        members.integer("id", id)
        members.string("by", by)
        members.string("text", text)
        members.integer("at", at)
        var list = JSONWriter()
        list.array(comments) { comment, members in
            members.integer("id", comment.id)
            members.string("by", comment.by)
            members.string("text", comment.text)
            members.integer("at", comment.at)
        }
        members.raw("comments", list.bytes)
        list = JSONWriter()
        list.array(reactions) { given, members in
            members.string("by", given.by)
            members.string("reaction", given.reaction.rawValue)
        }
        members.raw("reactions", list.bytes)
    }

    var json: String { JSONText.object(write) }
}

extension Notice {
    func write(to members: inout JSONMembers) {
        members.integer("id", id)
        members.string("kind", kind.rawValue)
        members.integer("post", post)
        members.string("by", by)
        members.string("text", text)
        members.integer("at", at)
        members.bool("read", isRead)
    }

    var json: String { JSONText.object(write) }
}

/// JSON that is sent as an event's data.
enum JSONText {
    static func object(_ members: (inout JSONMembers) -> Void) -> String {
        var writer = JSONWriter()
        writer.object(members)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
