// How the state is changed: written to its stream, so that it holds and every node hears of it, and noted in the events
// stream, so that it has its place among the events. Whoever asked hears when this node has told its own streams.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import OpenSSLKit
internal import Synchronization

extension LogFollower {
    func revoke(
        _ revocation: Revocation, asked question: EndQuestion? = nil,
        completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        orders.add(.revoke(revocation, asked: question), isCutOff: isLate, completion: completion)
    }

    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        orders.add(.session(order), isCutOff: isLate, completion: completion)
    }

    var isLate: Bool { state.withLock { $0.lateSince != nil } }

    func carryOutOrders() async {
        for await entry in orders.entries {
            if let refusal = entry.refusal(isCutOff: isLate, now: .now) {
                entry.completion(.failure(refusal))
                continue
            }
            do throws(EventLogError) {
                try await carryOut(entry.order)
                entry.completion(.success(()))
            } catch {
                entry.completion(.failure(error))
            }
        }
    }

    /// Carries out an order; one to sign out again, for what another node kept of that sign-in meanwhile.
    private func carryOut(_ order: OrderLine.Order) async throws(EventLogError) {
        var order = order
        for _ in 0..<Self.joins {
            let ending = sessionsEnded(by: order)
            try await carryOutOnce(order)
            let table = state.withLock { $0.table }
            let later = ending.flatMap { table.sessions.names(ofSameSignInAs: $0) }
            guard !later.isEmpty else { return }
            order = .session(.signOut(later))
        }
    }

    private func sessionsEnded(by order: OrderLine.Order) -> [KeptSession] {
        guard case .session(.signOut(let names)) = order else { return [] }
        return state.withLock { state in names.compactMap { state.table.sessions.kept($0) } }
    }

    private func carryOutOnce(_ order: OrderLine.Order) async throws(EventLogError) {
        guard !state.withLock({ $0.isClosed }) else { throw .closedLog }
        let now = hands.clock()
        let (first, rest) = try plan(order, now)
        guard !first.isEmpty || !rest.isEmpty else { return }
        do throws(JetStreamError) {
            // What is kept is there before what goes: a sign-in that goes on has not ended in between.
            var last = try await write(first)
            last = max(last, try await write(rest))
            await note(last, order.question)
            await settle(first + rest, through: last)
        } catch {
            throw error.eventLogError
        }
    }

    /// What an order writes: what holds from now on, and then what holds no longer.
    private func plan(
        _ order: OrderLine.Order, _ now: WallTime
    ) throws(EventLogError) -> (kept: [StateRecord], gone: [StateRecord]) {
        let table = state.withLock { $0.table }
        switch order {
        case .revoke(let revocation, _):
            let change = try table.revocations.change(for: revocation, now: now)
            change.removed.filter { $0 != change.added.target }.forEach { bury($0) }
            return ([.revocation(change.added)], [])
        case .session(let order):
            let change = try table.sessions.change(for: order, now: now)
            let gone = change.forgotten.filter { table.sessions.session(named: $0, now: now) != nil }
            return (change.kept.map { .session($0) }, gone.map { .forgotten($0) })
        }
    }

    /// - Returns: the newest sequence of what was written; 0 for nothing.
    private func write(_ records: [StateRecord]) async throws(JetStreamError) -> Position {
        let answers = await withTaskGroup(of: Result<Position, JetStreamError>.self) { tasks in
            for record in records { tasks.addTask { await self.write(record) } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
        var last: Position = 0
        for answer in answers { last = max(last, try answer.get()) }
        return last
    }

    private func write(_ record: StateRecord) async -> Result<Position, JetStreamError> {
        let subject: String
        do throws(OpenSSLFailure) {
            subject = try subjects.subject(of: record)
        } catch {
            return .failure(JetStreamError(.malformed("\(error)"), of: "state"))
        }
        guard case .revocation(let revocation) = record else { return await publish(record.payload, to: subject) }
        return await join(revocation, on: subject)
    }

    /// Writes a revocation together with what the stream has of its target: another node may have revoked more, which
    /// this node has not heard of, and the stream keeps the last one only.
    private func join(_ revocation: Revocation, on subject: String) async -> Result<Position, JetStreamError> {
        var answer = await joinOnce(revocation, on: subject)
        for _ in 1..<Self.joins where Self.isOvertaken(answer) {
            answer = await joinOnce(revocation, on: subject)
        }
        return answer
    }

    /// How often a change is made again because another node's came between.
    private static let joins = 8

    private static func isOvertaken(_ answer: Result<Position, JetStreamError>) -> Bool {
        guard case .failure(let error) = answer else { return false }
        return error.refusal == .wrongLastSequence
    }

    private func joinOnce(_ revocation: Revocation, on subject: String) async -> Result<Position, JetStreamError> {
        do throws(JetStreamError) {
            let kept = try await api.find(.last(subject: subject), of: subjects.stateStream)
            let record = StateRecord.revocation(revocation.joined(with: kept?.payload))
            return await publish(record.payload, to: subject, behind: kept?.sequence ?? 0)
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter last: the newest message of the subject, for one that must not come behind another.
    func publish(
        _ payload: ByteBuffer, to subject: String, behind last: Position? = nil
    ) async -> Result<Position, JetStreamError> {
        do throws(NATSError) {
            var headers = Headers()
            if let last { try headers.add("Nats-Expected-Last-Subject-Sequence", "\(last)") }
            let publication = Publication(payload, to: try Subject(subject), headers: headers)
            do throws(JetStreamError) {
                return .success(try await api.publish(publication).sequence)
            } catch {
                return .failure(error)
            }
        } catch {
            return .failure(JetStreamError(.client(error), of: "state"))
        }
    }

    /// Gives the change its place among the events. One that is lost costs the order alone: the change holds, and is
    /// told a moment later.
    private func note(_ sequence: Position, _ question: EndQuestion?) async {
        _ = await publish(StateNote(state: sequence, asked: question).payload, to: subjects.note)
    }

    /// Returns when this node has told of the change: when its note has come, or after a while without it.
    private func settle(_ records: [StateRecord], through sequence: Position) async {
        await stateKnown(sequence, isTold: true, within: StateTable.patience + .seconds(1))
        guard state.withLock({ $0.table.told < sequence }) else { return }
        tellState { $0.apply(records, now: hands.clock()) }
    }
}

extension Revocation {
    /// What is revoked by this one or by what the stream has of its target.
    func joined(with payload: ByteBuffer?) -> Revocation {
        guard let payload, case .revocation(let kept)? = StateRecord(payload: payload), kept.target == target
        else { return self }
        return kept.joined(with: self)
    }
}
