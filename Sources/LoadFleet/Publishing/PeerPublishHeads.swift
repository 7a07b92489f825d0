internal import GatewayClient
internal import NIOCore

/// The heads of publish requests to a peer, made once but for the user's number and the length.
struct PeerPublishHeads: Sendable {
    private let beginning: ByteBuffer
    private let rest: ByteBuffer
    private let namesUser: Bool

    init(_ peer: FleetPeer) {
        beginning = ByteBuffer(string: "POST \(peer.publishPath.beforeUser)")
        rest = ByteBuffer(
            string: "\(peer.publishPath.afterUser ?? "") HTTP/1.1\r\nHost: \(peer.publishURL.authority)\r\n"
                + "User-Agent: sluice\r\nContent-Type: text/plain\r\nContent-Length: ")
        namesUser = peer.publishPath.namesUser
    }

    /// The head of a request.
    ///
    /// - Parameters:
    ///   - user: whom the event is for; nothing when one path is everyone's.
    ///   - byteCount: the body's length.
    func head(user: Int, byteCount: Int) -> ByteBuffer {
        var head = beginning
        if namesUser { head.writeString(String(user)) }
        head.writeImmutableBuffer(rest)
        head.writeString("\(byteCount)\r\n\r\n")
        return head
    }
}
