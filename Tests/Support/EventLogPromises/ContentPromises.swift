// That events come out of a log as they went in.

internal import EventLog
internal import EventStream
internal import NIOCore

extension EventLogPromise {
    private static let names = [
        "alice", "", " ", "a b", "u:alice", "3:bob", "é", "\u{0}\u{1}", "'; DROP TABLE event; --", "🙂",
    ]

    private static let data: [ByteBuffer] =
        [0, 1, 4095, 4096, 70_000, 1 << 20].map { ByteBuffer(repeating: 0x78, count: $0) }
        + [ByteBuffer(bytes: Array(0...255)), ByteBuffer(string: "a\r\nb\nc\r\r\n"), ByteBuffer(bytes: [0, 0])]

    /// Appends events and looks whether each is read as it would be made anew.
    private static func roundTrip(
        _ events: [NewEvent], _ factory: LogFactory, readers: [Interest]
    ) async throws {
        let clock = ManualClock()
        let settings = LogSettings(bytes: 1 << 26)
        let log = try await factory(settings, clock).log
        var model = ModelLog(settings)
        for event in events { _ = try await log.append(EventBatch([event])) }
        model.append(events, epoch: log.epoch, now: clock.now)
        for reader in readers {
            for position in 0..<log.head {
                let step = try await log.read(after: position, for: reader, byteLimit: 1)
                let expected = model.read(after: position, for: reader, byteLimit: 1, now: clock.now)
                try expect(step, is: expected, "after \(position) for \(reader)")
            }
        }
    }

    static let content = [
        EventLogPromise("data of any bytes and any size comes out as it went in") { factory in
            let events = data.map { NewEvent(audience: .everyone, name: nil, data: $0) }
            try await roundTrip(events, factory, readers: [Interest(user: "alice")])
        },
        EventLogPromise("event names come out as they went in") { factory in
            let names = ["message", " led", "ü", "a:b", String(repeating: "n", count: 255), "'"]
            let events = try names.map {
                NewEvent(audience: .everyone, name: try EventName($0), data: ByteBuffer(string: "data"))
            }
            try await roundTrip(events, factory, readers: [Interest(user: "alice")])
        },
        EventLogPromise("audiences of any names come out as they went in, and are found") { factory in
            let single = names.flatMap { [Audience.user($0), .topic($0), .users([$0])] }
            let audiences = single + [.users(names), .users([]), .everyone]
            let readers = names.map { Interest(user: $0, topics: [$0]) } + [Interest(user: "other", topics: names)]
            try await roundTrip(audiences.map { NewEvent(to: $0) }, factory, readers: readers)
        },
        EventLogPromise("two spellings of a name that are equal are one name") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let (composed, decomposed) = ("Ren\u{E9}", "Rene\u{301}")
            try await log.append(
                NewEvent(to: .user(composed)), NewEvent(to: .topic(decomposed)), NewEvent(to: .users([decomposed])))
            try await log.append(NewEvent(to: .user("other")))
            let found = try await log.readAll(for: Interest(user: decomposed, topics: [composed]))
            try expect(found.map(\.sequence), is: [1, 2, 3], "found")
        },
    ]
}
