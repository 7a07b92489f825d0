internal import NIOCore

/// The events of one publish request, until it is answered.
struct PublishBatch: Sendable, Equatable {
    /// The events, in the order of the request's lines.
    let events: [FleetEvent]

    /// The request's body: one JSON object (RFC 8259), or a line for each of several.
    ///
    /// - Parameters:
    ///   - audiences: per lane, whom its events are for, as the value of `to`.
    ///   - payload: how many bytes of data an event has.
    func body(audiences: [String], payload: Int) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(events.count * (payload + 64))
        for event in events {
            body.writeString("{\"to\":\(audiences[event.lane]),\"data\":")
            event.write(byteCount: payload, to: &body)
            body.writeStaticString("}\n")
        }
        return body
    }

    /// Reads what the answer to the request says about each of its events.
    ///
    /// - Parameters:
    ///   - status: the answer's status code.
    ///   - body: the answer's body: a line for each event, `{"id":…}` or `{"error":…}`.
    /// - Returns: per event, whether it was taken; `nil` when the answer does not say.
    func verdicts(status: Int, body: ByteBuffer) -> [Bool?] {
        guard status == 200 else { return events.map { _ in Self.failure(status) } }
        let lines = body.readableBytesView.split(separator: UInt8(ascii: "\n"))
        return events.indices.map { index in
            index < lines.count ? lines[index].starts(with: #"{"id":"#.utf8) : nil
        }
    }

    /// What the answer's status alone says about all of the request's events.
    func verdicts(status: Int) -> [Bool?] {
        let verdict = (200..<300).contains(status) ? true : Self.failure(status)
        return events.map { _ in verdict }
    }

    /// Refused, or perhaps taken before something broke.
    private static func failure(_ status: Int) -> Bool? { status < 500 || status == 503 ? false : nil }
}
