// Where a client wants to go on, and whether it comes from a refusal. `EventSource` keeps nothing for us but the last id: so
// that is where a refused page remembers that it was told.

internal import EventHub
internal import EventStream
package import HTTPTypes

/// What a request says in `Last-Event-ID`, or for a page's first connect in `?lastEventId=`.
package struct ResumePoint: Equatable {
    /// The id of the last event that the client had, in its own words.
    package let id: String?
    /// Whether the last thing that the client had was `sluice.rejected` (``mark(_:)``).
    package let followsRejection: Bool

    private static let suffix = "~rejected"

    /// Of a client that has had nothing.
    static let unknown = ResumePoint(id: nil, followsRejection: false)

    private init(id: String?, followsRejection: Bool) {
        self.id = id
        self.followsRejection = followsRejection
    }

    package init(_ request: HTTPRequest, _ target: RequestTarget) {
        let text = Self.lastEventID.flatMap(request.headerFields.combined) ?? target["lastEventId"].first
        followsRejection = text?.hasSuffix(Self.suffix) ?? false
        id = followsRejection ? text.map { String($0.dropLast(Self.suffix.count)) } : text
    }

    /// What a refused page's last id becomes: the next request says that the page has been told, and still where it was.
    var marked: String { (id ?? "") + Self.suffix }

    /// What has a page that was refused, and is let in, forget the mark: else it would be taken for refused from here on.
    var unmark: EventFrame? {
        guard followsRejection else { return nil }
        let place = id.flatMap { try? EventID($0) }
        return EventFrame(capacity: 32) { EventStreamEncoder.appendID(place, to: &$0) }
    }

    /// HTML standard §9.2.2.
    private static let lastEventID = HTTPField.Name("Last-Event-ID")
}
