// Who published what for whom, for an operator who has to say so afterwards. Never what was in it.

package import EventLog
package import HTTPServing
package import PeerText

/// A publish request whose events are in the log.
///
/// Names are the publisher's own. Make them safe before you write them down.
package struct PublishedRequest: Sendable, Equatable {
    /// An event of it.
    package struct Event: Sendable, Equatable {
        package let audience: Audience
        package let receipt: Receipt

        package init(audience: Audience, receipt: Receipt) { (self.audience, self.receipt) = (audience, receipt) }
    }

    /// The subject of the token that published.
    package let publisher: String
    /// Where the request came from.
    package let client: ClientAddress?
    package let request: RequestID?
    /// Whether it came again under its key: its events were in the log already.
    package let isRepeat: Bool
    package let events: [Event]

    package init(
        publisher: String, client: ClientAddress?, request: RequestID?, isRepeat: Bool = false, events: [Event]
    ) {
        (self.publisher, self.client, self.request) = (publisher, client, request)
        (self.isRepeat, self.events) = (isRepeat, events)
    }
}

/// Notes of one request what became of it.
struct PublishAudit: Sendable {
    let publisher: String
    let client: ClientAddress?
    let request: RequestID?
    let note: @Sendable (PublishedRequest) -> Void

    func published(_ events: [NewEvent], _ appended: Appended) {
        note(
            PublishedRequest(
                publisher: publisher, client: client, request: request, isRepeat: appended.isRepeat,
                events: zip(events, appended.receipts).map { .init(audience: $0.audience, receipt: $1) }))
    }
}
