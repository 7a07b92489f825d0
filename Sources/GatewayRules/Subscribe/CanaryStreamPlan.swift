// How the gateway's own canary streams are let in: by a secret of this process. They get nothing but notes of the
// gateway's.

internal import EventHub
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import OpenSSLKit
package import PeerText

/// What a canary shows.
package struct CanaryPass: Sendable {
    /// Where it connects from, where it may choose: an address of this machine that nobody else uses. What comes from
    /// there is in no count of connections; it lets nobody in.
    package let address: ClientAddress
    /// Of the field `Authorization`. A secret.
    package let credential: String
    private let secret: [UInt8]

    package init(address: ClientAddress, credential: String) {
        (self.address, self.credential) = (address, credential)
        secret = Array(credential.utf8)
    }

    /// The field of the response that says which event loop the canary is on.
    package static let loopField = "sluice-canary"

    /// What a refusal would call it.
    static let user = "sluice.canary"

    func admits(_ request: HTTPRequest) -> Bool {
        // Each subscriber is asked, and few show as many bytes. Several fields are one with commas in it.
        guard let shown = request.headerFields.combined(.authorization), shown.utf8.count == secret.count else {
            return false
        }
        return ConstantTime.areEqual(Array(shown.utf8).span, secret.span)
    }
}

/// A canary stream that may be opened.
struct CanaryStreamPlan: StreamPlan {
    let hub: EventHub

    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        guard let shard = hub.shard(on: eventLoop) else {
            preconditionFailure("A connection runs on one of the event loops that the hub was made with.")
        }
        let bound = NIOLoopBound(body.outlet, eventLoop: eventLoop)
        guard let id = shard.assumeIsolated({ $0.attachCanary(bound) }) else {
            throw StreamRefusal(Answer(.serviceUnavailable))
        }
        body.belongs(to: CanaryPlace(shard: shard, id: id))
        var fields: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        if let field = HTTPField.Name(CanaryPass.loopField) { fields[field] = "\(shard.number)" }
        begin(Answer(.ok, fields: fields))
    }
}

/// A canary's place in the hub, for its connection.
private struct CanaryPlace: StreamSource {
    let shard: HubShard
    let id: CanaryID

    func becameWritable() {}

    func closed() { shard.assumeIsolated { $0.detachCanary(id) } }
}
