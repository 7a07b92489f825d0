// What an event counts for, in bytes: the one answer for every place that counts events. It is what the event takes up
// in the memory log, each constant as large as Swift's collections can make it, and no less than its rows in a file.

internal import EventStream
internal import NIOCore

/// The cost of an event and of the texts that come with it.
package enum EventCost {
    /// Its record, its buffer's header, and its place in a queue that has just grown.
    package static let record = 320
    /// One name that it is for: an element of the audience's list, a bucket in an index that has just grown, and the
    /// block of the index's places for it.
    package static let name = 176

    /// A buffer that waits in a queue: its place there, in a queue that has just grown.
    package static let place = 64
    /// The object that a buffer's bytes belong to, and the header of its block.
    package static let buffer = 112

    /// An event that one stream holds back. Whoever else held its bytes may have let go of them.
    package static func bytes(held frame: EventFrame) -> Int { place + buffer + frame.chunk.storageCapacity }

    /// Buffers of events that wait somewhere else than in the hub. What is set aside for one is a power of two.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - byteCount: what they have left to be sent, together.
    package static func bytes(ofBuffers count: Int, byteCount: Int) -> Int {
        count * (place + buffer + 64) + 2 * byteCount
    }

    /// - Parameters:
    ///   - frameBytes: what is set aside for the encoded event, used or not.
    ///   - audience: each of its names is a place in the index.
    package static func bytes(frameBytes: Int, audience: Audience) -> Int {
        record + frameBytes + bytes(of: audience)
    }

    private static func bytes(of audience: Audience) -> Int {
        switch audience {
        case .everyone: 0
        case .user(let text), .topic(let text): bytes(ofName: text)
        case .users(let names): names.reduce(0) { $0 + bytes(ofName: $1) }
        }
    }

    /// Twice its text: in the event, and in the index, which may have it from an event that is gone.
    private static func bytes(ofName text: String) -> Int { name + 2 * bytes(ofText: text.utf8.count) }

    /// The block of a text that is kept by itself: up to 15 bytes stand within the string.
    package static func bytes(ofText byteCount: Int) -> Int {
        byteCount > 15 ? (32 + byteCount + 1 + 8 + 15) / 16 * 16 : 0
    }
}

extension NewEvent {
    /// What it takes up on its way into the log: its data, and what it is going to be.
    package var cost: Int {
        let text =
            EventCost.bytes(ofText: name?.text.utf8.count ?? 0)
            + EventCost.bytes(ofText: request?.text.utf8.count ?? 0)
        return data.storageCapacity + 2 * text
            + EventCost.bytes(frameBytes: data.storageCapacity, audience: audience)
    }
}
