// How the state is changed: written to its stream, so that it holds and every node hears of it, and noted in the events
// stream, so that it has its place among the events. Whoever asked hears when this node has told its own streams.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import OpenSSLKit
internal import Synchronization

extension LogFollower {
    func revoke(_ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        orders.add(.revoke(revocation), isCutOff: isLate, completion: completion)
    }

    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        orders.add(.session(order), isCutOff: isLate, completion: completion)
    }

    private var isLate: Bool { state.withLock { $0.lateSince != nil } }

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

    private func carryOut(_ order: OrderLine.Order) async throws(EventLogError) {
        guard !state.withLock({ $0.isClosed }) else { throw .closedLog }
        let now = hands.clock()
        let (first, rest) = try plan(order, now)
        guard !first.isEmpty || !rest.isEmpty else { return }
        do throws(JetStreamError) {
            // What is kept is there before what goes: a sign-in that goes on has not ended in between.
            var last = try await write(first)
            last = max(last, try await write(rest))
            await note(last)
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
        case .revoke(let revocation):
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
        do throws(OpenSSLFailure) {
            return await publish(record.payload, to: try subjects.subject(of: record))
        } catch {
            return .failure(JetStreamError(.malformed("\(error)"), of: "state"))
        }
    }

    private func publish(_ payload: ByteBuffer, to subject: String) async -> Result<Position, JetStreamError> {
        do throws(NATSError) {
            let publication = Publication(payload, to: try Subject(subject))
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
    private func note(_ sequence: Position) async {
        _ = await publish(StateNote(state: sequence).payload, to: subjects.note)
    }

    /// Returns when this node has told of the change: when its note has come, or after a while without it.
    private func settle(_ records: [StateRecord], through sequence: Position) async {
        await stateKnown(sequence, isTold: true, within: StateTable.patience + .seconds(1))
        guard state.withLock({ $0.table.told < sequence }) else { return }
        tellState { $0.apply(records, now: hands.clock()) }
    }
}
