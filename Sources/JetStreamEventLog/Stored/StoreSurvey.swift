// What an operator's commands ask of the two streams: how much is in them, for whom, and where it stands. Nothing is
// changed, and no log is opened.

package import EventLog
internal import NATSClient

/// The streams in numbers.
package struct StoreSurvey: Sendable {
    /// One of the two streams.
    package struct Stream: Sendable {
        package let name: String
        package let messages: UInt64
        package let bytes: UInt64
        package let first: Position
        package let last: Position
        /// How many messages between the first and the last are gone.
        package let deleted: UInt64
        package let oldest: WallTime?
        package let newest: WallTime?
        /// The server that leads it, and those that follow; none for a server alone.
        package let leader: String?
        package let replicas: [Replica]
    }

    /// A server that has a stream beside its leader.
    package struct Replica: Sendable {
        package let name: String
        package let isCurrent: Bool
        package let isOffline: Bool
        /// How many changes it has not got yet.
        package let lag: UInt64
    }

    /// Nothing before the first gateway has opened the log.
    package let epoch: Epoch?
    package let events: Stream
    package let state: Stream
    /// How many events there are for each kind of audience: `user`, `users`, `topic` and `everyone`.
    package let audiences: [(audience: String, events: UInt64)]
    package let revocations: UInt64
    /// Those that were let go of count until each gateway has heard of it.
    package let sessions: UInt64
}

extension JetStreamStore {
    /// Asks the streams' leaders. ``examine()`` says whether they are as they have to be.
    package func survey(random: () -> UInt64) async throws(EventLogError) -> StoreSurvey {
        let subjects = settings.subjects
        let events = try await info(of: subjects.stream)
        let state = try await info(of: subjects.stateStream)
        var audiences: [(audience: String, events: UInt64)] = []
        for (audience, filter) in [("user", "u.*"), ("users", "m.>"), ("topic", "t.*"), ("everyone", "a")] {
            let count = try await count("\(subjects.stream).e.\(filter)", of: subjects.stream, random())
            if count > 0 { audiences.append((audience, count)) }
        }
        return StoreSurvey(
            epoch: try await record(of: events)?.name, events: StoreSurvey.Stream(subjects.stream, events),
            state: StoreSurvey.Stream(subjects.stateStream, state), audiences: audiences,
            revocations: try await revocations(random),
            sessions: try await count("\(subjects.stream).s.k.*", of: subjects.stateStream, random()))
    }

    private func revocations(_ random: () -> UInt64) async throws(EventLogError) -> UInt64 {
        var sum: UInt64 = 0
        for filter in ["t.*", "u.*", "a"] {
            sum += try await count(
                "\(settings.subjects.stream).s.\(filter)", of: settings.subjects.stateStream, random())
        }
        return sum
    }

    private func info(of stream: String) async throws(EventLogError) -> StreamInfo {
        do throws(JetStreamError) {
            return try await api.call(.info(of: stream))
        } catch {
            throw error.eventLogError
        }
    }

    /// Has the server count. A consumer that nobody reads knows how many messages wait for it.
    private func count(_ filter: String, of stream: String, _ random: UInt64) async throws(EventLogError) -> UInt64 {
        let config = ConsumerConfig(deliverTo: "_INBOX.count.\(random)", start: 1, filter: filter)
        do throws(JetStreamError) {
            let consumer = try await api.call(.createConsumer(config, of: stream))
            _ = try? await api.call(.deleteConsumer(consumer.name, of: stream))
            return consumer.pending
        } catch {
            throw error.eventLogError
        }
    }
}

extension StoreSurvey.Stream {
    fileprivate init(_ name: String, _ info: StreamInfo) {
        let contents = info.contents
        let isEmpty = contents.messages == 0
        self.init(
            name: name, messages: contents.messages, bytes: contents.bytes, first: contents.firstSequence,
            last: contents.lastSequence, deleted: contents.deleted,
            oldest: isEmpty ? nil : contents.firstTime?.wallTime, newest: isEmpty ? nil : contents.lastTime?.wallTime,
            leader: info.leader,
            replicas: info.replicas.map {
                StoreSurvey.Replica(name: $0.name, isCurrent: $0.isCurrent, isOffline: $0.isOffline, lag: $0.lag)
            })
    }
}
