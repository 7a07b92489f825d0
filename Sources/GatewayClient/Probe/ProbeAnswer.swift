internal import NIOCore
internal import PeerText

/// A response, and when its parts came. All times are since the request was sent.
package struct ProbeAnswer: Sendable, Equatable {
    /// The status code.
    package var status: Int
    /// The header fields, in their order.
    package var fields: [ProbeField]
    /// What has arrived of the body, up to a limit.
    package var body = ""
    /// When the head came.
    package var headAfter: Duration
    /// When the first bytes of the body came.
    package var bodyAfter: Duration?
    /// When what was waited for came.
    package var awaitedAfter: Duration?
    /// Whether the server has ended it.
    package var isComplete = false

    /// A response that consists of its head so far.
    ///
    /// - Parameters:
    ///   - status: the status code.
    ///   - fields: the header fields.
    ///   - headAfter: when it came.
    package init(status: Int, fields: [ProbeField], headAfter: Duration = .zero) {
        self.status = status
        self.fields = fields
        self.headAfter = headAfter
    }

    /// The values of a field, one for each of its lines.
    package func values(_ name: String) -> [String] {
        fields.filter { $0.name.bytes.equalsIgnoringCase(name.bytes) }.map(\.value)
    }

    /// The reason that the gateway gives for a refusal (RFC 9457), for people; nothing when the answer is another's.
    package var problem: (code: String, detail: String)? {
        guard let problem = ProblemDetail(json: ByteBuffer(string: body)), let code = problem.code else { return nil }
        return (ProblemDetail.printable(code), ProblemDetail.printable(problem.detail ?? ""))
    }
}
