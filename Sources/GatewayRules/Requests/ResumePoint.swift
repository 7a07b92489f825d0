// Where a client wants to go on, and whether it comes from a refusal. `EventSource` keeps nothing for us but the last
// id: so that is where a refused page remembers that it was told.

internal import HTTPServing
internal import HTTPTypes

/// What a request says in `Last-Event-ID`, or for a page's first connect in `?lastEventId=`.
struct ResumePoint: Equatable {
    /// The id of the last event that the client had, in its own words.
    let id: String?
    /// Whether the last thing that the client had was `sluice.rejected` (``mark(_:)``).
    let followsRejection: Bool

    private static let suffix = "~rejected"

    /// Of a client that has had nothing.
    static let unknown = ResumePoint(id: nil, followsRejection: false)

    private init(id: String?, followsRejection: Bool) {
        self.id = id
        self.followsRejection = followsRejection
    }

    init(_ request: HTTPRequest, _ target: RequestTarget) {
        let fields = Self.lastEventID.map { request.headerFields[values: $0] } ?? []
        let text = Self.id(among: fields) ?? Self.id(among: target["lastEventId"])
        // By bytes: a character may be made of the mark's first and of what stands before it.
        guard let text, text.utf8.suffix(Self.suffix.utf8.count).elementsEqual(Self.suffix.utf8) else {
            self.init(id: text, followsRejection: false)
            return
        }
        let place = text.utf8.dropLast(Self.suffix.utf8.count)
        self.init(id: String(place) ?? "", followsRejection: true)
    }

    /// The one id that was sent. An empty one says nothing: `EventSource` sends the field only when there is an id
    /// (HTML standard §9.2.2), so an empty one is somebody's template, and must not hide where the page says it was.
    /// Several that differ are put together as RFC 9110 §5.3 has it, which is no id of ours: the client is told so, not
    /// guessed about.
    private static func id(among values: [String]) -> String? {
        var ids: [String] = []
        for value in values {
            let id = value.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
            let text = String(decoding: Array(id), as: UTF8.self)
            if !text.isEmpty, !ids.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { ids.append(text) }
        }
        return ids.isEmpty ? nil : ids.joined(separator: ", ")
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// What a refused page's last id becomes: the next request says that the page has been told, and still where it
    /// was.
    var marked: String { (id ?? "") + Self.suffix }

    /// HTML standard §9.2.2.
    private static let lastEventID = HTTPField.Name("Last-Event-ID")
}
