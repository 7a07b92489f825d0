// What the engine is told once. Defaults and effects for operators stand with the configuration keys (`log.jetstream`).

package import EventLog

/// How a log on JetStream is kept, and what one node of it holds.
package struct JetStreamSettings: Sendable, Equatable {
    /// The name of the stream with the events; that of the stream with the state is made from it.
    package var stream: String
    /// On how many servers each of the two stands.
    package var replicas: Int
    /// Whether opening may make a stream that is missing. A node that runs never makes one.
    package var mayCreate: Bool
    /// How many bytes of the newest events a node keeps in memory.
    package var windowBytes = 64 << 20
    /// How many bytes of events may be on their way into the stream, each at its ``NewEvent/cost``; more is refused as
    /// ``EventLogError/Code/busy``.
    package var pendingBytes = 32 << 20
    /// How many events may be on their way into the stream; more is refused in the same way.
    package var pendingEvents = 50_000
    /// How many bytes an event may have with its name and the names of its audience, as JSON has them.
    package var eventBytes = 1_000_000
    package var publishing = PublishRules()
    /// For how long opening asks again while nobody leads the streams: servers and gateways may start together.
    package var openingTime = Duration.seconds(10)
    /// What the log keeps. Its bounds for keys are the server's own: a key is known for its time, however many there
    /// are.
    package var limits: LogSettings

    package init(stream: String = "sluice", replicas: Int = 1, mayCreate: Bool = false, limits: LogSettings) {
        self.stream = stream
        self.replicas = replicas
        self.mayCreate = mayCreate
        self.limits = limits
    }
}

/// How long a publish is tried.
package struct PublishRules: Sendable, Equatable {
    /// How long an acknowledgement is waited for.
    package var answerTime = Duration.seconds(5)
    /// From when on a batch is not sent again, counted from its append. One with a key is sent until then; one without
    /// a key only while it is certain that nothing of it is stored.
    package var limit = Duration.seconds(10)
    /// The pause before a batch is sent again, at first; twice as long each time, up to a second.
    package var pause = Duration.milliseconds(50)

    package init() {}
}
