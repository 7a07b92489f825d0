// Asks the servers what a read plan needs, below the window. What a replica says of a line's end is the leader's to
// confirm, and the leader has to be the same before and after: one that was deposed says what was.

internal import EventLog
internal import NATSClient
internal import OpenSSLKit

/// What reads have cost the servers.
package struct ReadTally: Sendable, Equatable {
    /// Steps that were read.
    package var steps = 0
    /// Requests of all kinds.
    package var requests = 0
    /// Messages that came for them.
    package var messages = 0
}

/// One read of the stream.
struct StreamReader: Sendable {
    let api: JetStreamAPI
    let subjects: LogSubjects
    let hands: FollowerHands
    /// Whether every server gives messages in batches.
    let hasBatches: Bool
    let count: @Sendable (_ requests: Int, _ messages: Int) -> Void

    /// What one request asks for at most.
    private static let batch = 128
    private static let batchBytes = 256 << 10
    /// How often a read begins again when the leader changes.
    private static let attempts = 3

    /// Reads a step.
    ///
    /// - Parameter end: the place up to which the stream is read: behind it is the window.
    func step(_ key: ReadKey, upTo end: Position) async throws(JetStreamError) -> ReplayStep {
        for _ in 0..<Self.attempts {
            let before = try await look()
            guard before.last >= end else { throw JetStreamError(.malformed("the leader has less"), of: "read") }
            let start = max(key.place.sequence, min(before.floor, end))
            guard start < end else { return ReplayStep(start: start, position: start, reachedHead: false) }
            let step = try await read(key, after: start, upTo: end)
            let after = try await look()
            // A full stream loses its oldest message for each new one.
            if after.leader == before.leader, after.created == before.created {
                return step.clamped(to: min(after.floor, end))
            }
        }
        throw JetStreamError(.malformed("the stream's leader changes"), of: "read")
    }

    private func read(
        _ key: ReadKey, after start: Position, upTo end: Position
    ) async throws(JetStreamError) -> ReplayStep {
        let filters = try filters(of: key.interest)
        var plan = ReadPlan<StoredMessage>(lines: filters.count, after: start, upTo: end)
        var step = ReplayStep(start: start, position: start, reachedHead: false)
        var (bytes, looks, now) = (0, 0, hands.clock())
        while bytes < key.byteLimit, looks < ReplayStep.lookLimit {
            if let needs = plan.needs.nonEmpty {
                try await ask(needs, filters, &plan)
                now = hands.clock()
                continue
            }
            looks += 1
            guard let found = plan.next() else { break }
            guard let event = event(found, for: key, now) else { continue }
            bytes += event.frame.byteCount
            step.events.append(event)
        }
        step.position = plan.position
        return step
    }

    private func filters(of interest: Interest) throws(JetStreamError) -> [String] {
        do throws(OpenSSLFailure) {
            // Two topics may have one hash.
            return Array(Set(try subjects.filters(for: interest)))
        } catch {
            throw JetStreamError(.malformed("\(error)"), of: "read")
        }
    }

    /// What a message is for the interest: its hash only chose it.
    private func event(_ found: FoundMessage<StoredMessage>, for key: ReadKey, _ now: WallTime) -> LoggedEvent? {
        guard let message = try? EventMessage(payload: found.content.payload),
            key.interest.isMet(by: message.audience), message.expiresAt.map({ now < $0 }) ?? true
        else { return nil }
        return message.event(at: LoggedEventID(epoch: key.place.epoch, sequence: found.sequence))
    }

    // MARK: Questions

    private func look() async throws(JetStreamError) -> StreamLook {
        count(1, 0)
        return StreamLook(try await api.call(.info(of: subjects.stream), timeout: StreamTail.answerTime))
    }

    private typealias Need = ReadPlan<StoredMessage>.Need
    private typealias Answer = Result<(messages: [StoredMessage], isEnd: Bool, isLeaders: Bool), JetStreamError>

    /// Asks for all that is needed at once.
    private func ask(
        _ needs: [Need], _ filters: [String], _ plan: inout ReadPlan<StoredMessage>
    ) async throws(JetStreamError) {
        let answers = await withTaskGroup(of: (Need, Answer).self) { tasks in
            for need in needs { tasks.addTask { (need, await answer(need, filters)) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        for (need, answer) in answers {
            let (messages, isEnd, isLeaders) = try answer.get()
            count(0, messages.count)
            let found = messages.map { FoundMessage(sequence: $0.sequence, content: $0) }
            switch need {
            case .fetch(let line, _):
                plan.fetched(found, line: line, isEnd: isEnd)
                if isLeaders, isEnd { plan.confirmed(nil, line: line) }
            case .confirm(let line, _): plan.confirmed(found.first, line: line)
            }
        }
    }

    private func answer(_ need: Need, _ filters: [String]) async -> Answer {
        count(1, 0)
        do throws(JetStreamError) {
            switch need {
            case .fetch(let line, let first) where hasBatches:
                let get = DirectGet(
                    .next(first, subject: filters[line]), of: subjects.stream, batch: Self.batch,
                    bytes: Self.batchBytes)
                let (messages, isEnd) = try await api.batch(get, inbox: "_INBOX.\(hands.name).\(hands.random())")
                return .success((messages, isEnd, false))
            case .fetch(let line, let first), .confirm(let line, let first):
                let message = try await leadersMessage(.next(first, subject: filters[line]))
                return .success((message.map { [$0] } ?? [], message == nil, true))
            }
        } catch {
            return .failure(error)
        }
    }

    private func leadersMessage(_ place: MessagePlace) async throws(JetStreamError) -> StoredMessage? {
        try await api.find(place, of: subjects.stream, timeout: StreamTail.answerTime)
    }
}

extension ReplayStep {
    /// What is certain of a step when the oldest messages went while it was read: all behind the place that was the
    /// floor at its end was there throughout.
    func clamped(to floor: Position) -> ReplayStep {
        guard floor > start else { return self }
        var step = ReplayStep(start: floor, position: max(position, floor), reachedHead: reachedHead)
        step.events = events.filter { $0.sequence > floor }
        return step
    }
}

extension Interest {
    /// Whether an event for an audience is for a stream with this interest.
    fileprivate func isMet(by audience: Audience) -> Bool {
        switch audience {
        case .user(let name): name == user
        case .users(let names): names.contains(user)
        case .topic(let topic): topics.contains(topic)
        case .everyone: true
        }
    }
}

extension Array {
    fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
