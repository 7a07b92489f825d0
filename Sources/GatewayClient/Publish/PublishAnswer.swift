internal import NIOCore

/// What the gateway says about one published event.
package enum PublishResult: Sendable, Equatable {
    /// The event is in the log under this id, and was for this many open streams.
    case accepted(id: String, streams: Int)
    /// The event was refused; `detail` says what to fix.
    case refused(code: String, detail: String)
}

/// The answer to a publish request: one result per event, in the order of the events.
package struct PublishAnswer: Sendable, Equatable {
    /// What the gateway said about each event.
    package let results: [PublishResult]
    /// The answer as it came: one JSON object per line, each with its line end.
    package let text: String

    /// How many events were refused.
    package var refusedCount: Int {
        results.count { result in
            if case .refused = result { true } else { false }
        }
    }

    /// Reads an answer.
    ///
    /// - Parameter body: one JSON object per line; blank lines are skipped.
    /// - Throws: `GatewayClientError` with code `outcomeUnknown` when a line is not an answer: something was published
    ///   or not, and this cannot tell.
    init(body: ByteBuffer) throws(GatewayClientError) {
        var results: [PublishResult] = []
        for line in body.readableBytesView.split(separator: UInt8(ascii: "\n")) {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            guard let result = PublishResult(json: line) else {
                throw GatewayClientError(
                    code: .outcomeUnknown, message: "the gateway's answer has a line that is not understood")
            }
            results.append(result)
        }
        self.results = results
        let text = String(buffer: body)
        self.text = text.utf8.last == UInt8(ascii: "\n") ? text : "\(text)\n"
    }
}

extension PublishResult {
    /// Reads `{"id":…,"streams":…}` or `{"error":{"code":…,"detail":…}}`.
    fileprivate init?(json: ByteBufferView) {
        guard let members = JSONFields(json: json) else { return nil }
        if let id = members.string("id"), let streams = members.integer("streams") {
            self = .accepted(id: id, streams: streams)
        } else if let error = members.object("error"), let code = error.string("code") {
            self = .refused(code: code, detail: error.string("detail") ?? "")
        } else {
            return nil
        }
    }
}
