// Random events, interests and batches for a log and its model.

package import EventLog
internal import EventStream
internal import NIOCore

/// What random tests publish and read: few names, so that they meet.
package enum RandomEvents {
    private static let names = ["alice", "bob", "carol", "d:a\u{0}v\"é", "3:x"]
    private static let topics = ["news", "sport", "rooms/1", "u:alice"]

    package static func audience(using random: inout some RandomNumberGenerator) -> Audience {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .user(names.randomElement(using: &random) ?? "")
        case 1: .users(names.shuffled(using: &random).dropLast(Int.random(in: 0...5, using: &random)))
        case 2: .topic(topics.randomElement(using: &random) ?? "")
        default: .everyone
        }
    }

    package static func interest(using random: inout some RandomNumberGenerator) -> Interest {
        let count = Int.random(in: 0...topics.count, using: &random)
        return Interest(
            user: (names + ["nobody"]).randomElement(using: &random) ?? "",
            topics: Array(topics.shuffled(using: &random).prefix(count)))
    }

    /// Up to `maximum` events of up to 200 bytes, half of them with an end.
    package static func batch(
        upTo maximum: Int, using random: inout some RandomNumberGenerator
    ) -> [NewEvent] {
        (0..<Int.random(in: 1...maximum, using: &random)).map { _ in
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            return NewEvent(
                audience: audience(using: &random), name: try? EventName(Bool.random(using: &random) ? "comment" : ""),
                data: ByteBuffer(bytes: bytes),
                timeToLive: Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : nil)
        }
    }
}
