// Where a client wants to go on, and whether it comes from a refusal. `EventSource` keeps nothing but the last id, so a
// refused page remembers in it that it was told.

internal import HTTPServing
internal import HTTPTypes
internal import PeerText

/// The value of `Last-Event-ID`, or of `?lastEventId=` at a page's first connect.
struct ResumePoint: Equatable {
    /// The id of the last event that the client had, as it sent it.
    let id: String?
    /// Whether the last event that the client had was `sluice.rejected`.
    let followsRejection: Bool

    private static let suffix = "~rejected"

    /// For a client that has had no event.
    static let unknown = ResumePoint(id: nil, followsRejection: false)

    private init(id: String?, followsRejection: Bool) {
        self.id = id
        self.followsRejection = followsRejection
    }

    init(_ request: HTTPRequest, _ target: RequestTarget) {
        let fields = Self.lastEventID.map { request.headerFields[values: $0] } ?? []
        let text = Self.id(among: fields) ?? Self.id(among: target["lastEventId"])
        // By bytes: the mark's first byte and the text before it may form one character.
        guard let text, text.utf8.suffix(Self.suffix.utf8.count).elementsEqual(Self.suffix.utf8) else {
            self.init(id: text, followsRejection: false)
            return
        }
        let place = text.utf8.dropLast(Self.suffix.utf8.count)
        self.init(id: String(place) ?? "", followsRejection: true)
    }

    /// The one id that was sent. An empty one is passed over: `EventSource` sends the field only when it has an id
    /// (HTML standard §9.2.2), so an empty field is somebody's template, and must not hide the query's id. Several
    /// different ids are joined as in RFC 9110 §5.3. That is no id of this log, so the client is told of a gap, instead
    /// of a guess. Two say that, so nobody reads on: each further one would be compared with all of those before.
    private static func id(among values: [String]) -> String? {
        var known: String?
        for value in values {
            let id = value.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
            let text = String(decoding: Array(id), as: UTF8.self)
            guard !text.isEmpty else { continue }
            if let known, !known.hasSameBytes(as: text) { return known + ", " + text }
            known = text
        }
        return known
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The last id of a refused page: its next request says that the page was told, and still where it was.
    var marked: String { (id ?? "") + Self.suffix }

    /// HTML standard §9.2.2.
    private static let lastEventID = HTTPField.Name("Last-Event-ID")
}
