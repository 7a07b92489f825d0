// The order of a log: ids without a hole, batches together, and a tail that says the same as the log.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import Synchronization

extension EventLogPromise {
    static let order = [
        EventLogPromise("an empty log has nothing and has reached its head") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            try expect(log.extent, is: LogExtent(floor: 0, head: 0, byteCount: 0), "extent")
            try expect(log.head, is: 0, "head")
            for position in [Position(0), 1, .max] {
                let step = try await log.read(after: position)
                try expect(step, is: ReplayStep(start: 0, position: 0, reachedHead: true), "after \(position)")
            }
        },
        EventLogPromise("events get the next sequences, and ids of the log's epoch") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            try expect(try await log.append(NewEvent("a")).first, is: 1, "the first")
            try expect(try await log.append(NewEvent("b"), NewEvent("c")).first, is: 2, "the second batch's first")
            try expect(log.head, is: 3, "head")
            let frames = try await log.readAll().map { String(buffer: $0.frame.bytes) }
            let expected = zip(["a", "b", "c"], 1...).map { "id: \(log.epoch)-\($1)\ndata: \($0)\n\n" }
            try expect(frames, is: expected, "frames")
        },
        EventLogPromise("an answer has the batch's stream counts") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let batch = EventBatch([NewEvent(), NewEvent()], streamCounts: [3, 0])
            try expect(
                try await log.append(batch), is: Appended(epoch: log.epoch, first: 1, streamCounts: [3, 0]), "answer")
        },
        EventLogPromise("the tail has an event before its publisher does, in order, whoever publishes") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let seen = SeenEvents()
            log.follow(Tail { if case .events(let events) = $0 { seen.add(events) } })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for publisher in 0..<8 {
                    group.addTask { try await publish(40, to: log, as: "p\(publisher)", seen: seen) }
                }
                try await group.waitForAll()
            }
            try expect(seen.sequences, is: Array(1...8 * 40 * 2), "what the tail got")
            let logged = try await log.readAll(byteLimit: 4000)
            try expect(logged.map(\.frame.chunk), is: seen.frames, "what the log has")
        },
        EventLogPromise("the tail begins with the epoch and its newest event") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let counts = WakeCounts()
            log.follow(Tail { if case .epochBegan(let place) = $0 { counts.state.withLock { $0.began = place } } })
            try expect(
                counts.state.withLock { $0.began }, is: LoggedEventID(epoch: log.epoch, sequence: 0), "the beginning")
        },
        EventLogPromise("whoever follows is woken behind each append") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let counts = WakeCounts()
            log.follow(
                Tail {
                    if case .events = $0 { counts.state.withLock { $0.taken += 1 } }
                } wake: {
                    counts.state.withLock { $0.woken = $0.taken }
                })
            for number in 1...3 {
                try await log.append(NewEvent())
                try expect(counts.state.withLock { $0.woken }, is: number, "what was told when somebody was woken")
            }
        },
        EventLogPromise("a place of another epoch is not read from") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            try await log.append(NewEvent())
            let other = Epoch("neverhad").map { LoggedEventID(epoch: $0, sequence: 0) }
            let answer: Result<ReplayStep, EventLogError>? = await withCheckedContinuation { continuation in
                guard let other else { return continuation.resume(returning: nil) }
                log.read(after: other, for: Interest(user: "alice"), byteLimit: 1) {
                    continuation.resume(returning: $0)
                }
            }
            let code: EventLogError.Code? = if case .failure(let error) = answer { error.code } else { nil }
            try expect(code, is: .epochEnded, "the answer")
        },
        EventLogPromise("no epoch but the log's own ends in a new log") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            try expect(log.end(of: log.epoch), is: nil, "the log's own epoch")
            try expect(Epoch("neverhad").flatMap { log.end(of: $0) }, is: nil, "another epoch")
        },
    ]

    /// Publishes batches of two and looks whether the tail had them when the answer came: next to each other, unless
    /// others append, too.
    private static func publish(
        _ count: Int, to log: any EventLog, as publisher: String, seen: SeenEvents
    ) async throws {
        for number in 0..<count {
            let texts = ["\(publisher)/\(number)a", "\(publisher)/\(number)b"]
            let places = try await log.append(EventBatch(texts.map { NewEvent($0) })).receipts.map(\.id.sequence)
            try expect(places[0] < places[1], "the ids of a batch rise")
            try expect(log.isShared || places[0] + 1 == places[1], "the ids of a batch are next to each other")
            for (place, text) in zip(places, texts) {
                let frame = "id: \(log.epoch)-\(place)\ndata: \(text)\n\n"
                try expect(seen.bytes(at: place), is: frame, "the tail at the answer")
            }
        }
    }
}

/// When somebody was woken, and where the tail began.
private final class WakeCounts: Sendable {
    struct State {
        var taken = 0
        var woken = 0
        var began: LoggedEventID?
    }

    let state = Mutex(State())
}

/// What a tail was called with.
private final class SeenEvents: Sendable {
    private let events = Mutex<[LoggedEvent]>([])

    func add(_ more: [LoggedEvent]) { events.withLock { $0 += more } }

    var sequences: [Position] { events.withLock { $0.map(\.sequence) } }
    var frames: [ByteBuffer] { events.withLock { $0.map(\.frame.chunk) } }

    func bytes(at sequence: Position) -> String? {
        events.withLock { events in
            events.indices.contains(Int(sequence) - 1) ? String(buffer: events[Int(sequence) - 1].frame.bytes) : nil
        }
    }
}
