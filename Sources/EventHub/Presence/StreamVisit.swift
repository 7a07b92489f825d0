// What is known of the client at the other end of a stream, for whoever asks who is connected. It decides nothing.

package import EventLog
internal import NIOCore

/// What a request for a stream says of its client.
package struct StreamVisitor: Sendable, Equatable {
    /// Where it comes from, as text.
    package var address: String?
    /// What it calls itself, cut to what may be shown.
    package var agent: String?
    package var httpVersion: HTTPVersion
    /// What its request is called. For the line about its opening; the stream does not keep it.
    package var request: String?

    /// The version of HTTP that a stream is open over.
    package enum HTTPVersion: String, Sendable { case http1 = "1.1", http2 = "2" }

    package init(
        address: String? = nil, agent: String? = nil, httpVersion: HTTPVersion = .http1, request: String? = nil
    ) {
        (self.address, self.agent, self.httpVersion, self.request) = (address, agent, httpVersion, request)
    }
}

/// The same as a stream keeps it.
struct StreamVisit {
    let since: WallTime
    /// The same by the clock that nobody sets.
    var opened = NIODeadline.uptimeNanoseconds(0)
    /// Where it began in the log.
    var from: Position = 0
    let address: String?
    let agent: AgentNames.Number
    let httpVersion: StreamVisitor.HTTPVersion
}

/// What is told of a stream.
package struct StreamFacts: Sendable, Equatable {
    /// Its `Sluice-Stream`.
    package let name: String
    package let since: WallTime
    package let address: String?
    package let agent: String?
    package let httpVersion: StreamVisitor.HTTPVersion
    package let topics: [String]
    /// The beginning of its session's name; nothing for a stream whose token came with the request.
    package let session: String?
    /// Whether it reads the log, since its client was slower than its events or came back late.
    package let isBehind: Bool
    /// How far it was sent the log: where its client would go on.
    package let lastEventID: String
    /// Where it began in the log.
    package var from: Position = 0
    /// Whether its client was told that it may miss something for now.
    package var isDelayed = false
    /// How many bytes were written to it that its socket has not taken.
    package var pendingBytes = 0
    /// How many bytes of its connection the machine at the other end has not acknowledged; nothing where nobody knows,
    /// or has asked.
    package var unacknowledgedBytes: Int?
}
