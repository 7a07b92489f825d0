import EventLog
import EventStream
import NIOCore

@testable import EventHub

/// A socket that writes down what it is given, and takes as much as the test lets it.
final class RecordingOutlet: StreamOutlet {
    var isWritable = true
    /// What waits in the socket while it takes nothing.
    var stuckBytes = 0
    var pendingBytes: Int { isWritable ? 0 : stuckBytes }
    private(set) var frames: [EventFrame] = []
    private(set) var flushCount = 0
    private(set) var unflushedFrames = 0
    private(set) var ending: StreamEnd?
    /// What the hub must not do: each broken rule in a sentence.
    private(set) var violations: [String] = []
    /// Called with each frame, for what a socket does at such a moment.
    var onWrite: (EventFrame) -> Void = { _ in }
    var onFlush: () -> Void = {}

    func write(_ frame: EventFrame) {
        if let ending { violations.append("written to behind its end, \(ending)") }
        if !isWritable, frame.bytes == EventFrame.heartbeat.bytes { violations.append("a heartbeat to a full socket") }
        frames.append(frame)
        unflushedFrames += 1
        onWrite(frame)
    }

    func flush() {
        if let ending { violations.append("flushed behind its end, \(ending)") }
        if unflushedFrames == 0 { violations.append("flushed with nothing written") }
        unflushedFrames = 0
        flushCount += 1
        onFlush()
    }

    func end(_ reason: StreamEnd) {
        if let ending { violations.append("ended twice, \(ending) and \(reason)") }
        ending = reason
    }

    /// What a page's parser makes of all that was written.
    var items: [EventStreamItem] {
        var parser = EventStreamParser()
        return frames.flatMap { frame in
            var items: [EventStreamItem] = []
            return (try? parser.feed(frame.bytes, into: &items)) == nil ? [.comment("unreadable")] : items
        }
    }

    /// The events behind the one that says where the stream begins.
    var events: [ServerSentEvent] {
        items.compactMap { if case .event(let event) = $0, event.event != "sluice.open" { event } else { nil } }
    }

    /// The data of the events, in order: what most tests look at.
    var data: [String] { events.map(\.data) }

    var heartbeatCount: Int { frames.filter { $0.bytes == EventFrame.heartbeat.bytes }.count }

    var byteCount: Int { frames.reduce(0) { $0 + $1.byteCount } }
}
