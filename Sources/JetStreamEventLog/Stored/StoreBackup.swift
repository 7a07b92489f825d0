// What an operator's commands do with the two streams as a whole: read them into an archive, remove them, and make them
// of an archive. No log is opened.

package import EventLog
internal import NATSClient
package import NIOCore

extension JetStreamSettings {
    /// The names of the streams: with the events, and with the state.
    package var streams: (events: String, state: String) { (subjects.stream, subjects.stateStream) }
}

extension JetStreamStore {
    /// The names of the streams: with the events, and with the state.
    package var streams: (events: String, state: String) { settings.streams }

    /// How many messages and bytes a stream has; nothing when there is none of this name.
    package func contents(of stream: String) async throws(EventLogError) -> (messages: UInt64, bytes: UInt64)? {
        try await find(stream).map { ($0.contents.messages, $0.contents.bytes) }
    }

    /// Reads a stream into an archive, which is the server's own and says nothing to others.
    ///
    /// - Parameter write: given the archive, piece by piece.
    /// - Returns: what has to be kept beside it.
    package func backUp(
        _ stream: String, random: UInt64, to write: (ByteBuffer) throws(EventLogError) -> Void
    ) async throws(EventLogError) -> BackupHead {
        guard let info = try await find(stream) else {
            throw EventLogError(.unavailable, "there is no stream \(stream)")
        }
        var head = try await api.snapshot(of: stream, inbox: "_INBOX.backup.\(random)", write)
        head.created = info.created
        guard stream == settings.subjects.stream else { return head }
        let record = try await record(of: info)
        (head.epoch, head.ends) = (record?.name, record?.ends ?? [])
        return head
    }

    /// Whether a stream is the one that a backup is of, and not another one of its name.
    package func isSame(_ stream: String, as head: BackupHead) async throws(EventLogError) -> Bool {
        try await find(stream)?.created == head.created
    }

    /// Removes a stream, with all that is in it. One that is not there is as good.
    package func remove(_ stream: String) async throws(EventLogError) {
        guard try await find(stream) != nil else { return }
        do throws(JetStreamError) {
            _ = try await api.call(.delete(stream), timeout: .seconds(30))
        } catch {
            throw error.eventLogError
        }
    }

    /// Makes a stream of an archive. There must be none of that name.
    ///
    /// - Parameter read: gives the archive piece by piece, and nothing at its end.
    package func restore(
        _ head: BackupHead, from read: () throws(EventLogError) -> ByteBuffer?
    ) async throws(EventLogError) {
        try await api.restore(head, read)
    }

    /// Whether gateways are heard, which say each second that they are there.
    ///
    /// - Parameter limit: how long to listen.
    package func hearsNodes(within limit: Duration = .seconds(3)) async throws(EventLogError) -> Bool {
        let news: NATSSubscription
        do throws(NATSError) {
            news = try await api.client.subscribe(SubjectFilter(try Subject("\(settings.subjects.stream).p.all")))
        } catch {
            throw JetStreamError(.client(error), of: "gateways").eventLogError
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            news.unsubscribe()
        }
        defer {
            timer.cancel()
            news.unsubscribe()
        }
        var deliveries = news.makeAsyncIterator()
        if case .some(.message) = try? await deliveries.next() { return true }
        return false
    }
}
