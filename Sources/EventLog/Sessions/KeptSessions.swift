// The sessions that are kept. A value, told the time: engines have one, and so does whoever finds out who asks. What an
// order does is decided apart from doing it, so that an engine can write it down in between.

/// Sessions by their names, bounded in bytes for all, and in number and bytes for each user.
package struct KeptSessions: Sendable {
    /// How long a session is still good when its browser has been given another: requests with the former cookie may
    /// be on their way, and an `EventSource` that is refused stops for good.
    package static let graceSeconds: Int64 = 10

    private var sessions: [KeptSession.Name: KeptSession] = [:]
    private var namesByUser: [String: [KeptSession.Name]] = [:]
    private var ends = EndOrder()
    /// What they are counted as, in bytes.
    package private(set) var byteCount = 0
    private let settings: SessionSettings

    /// - Parameter known: what was kept before: it stays, however much there may be today.
    package init(_ settings: SessionSettings, known: [KeptSession] = []) {
        self.settings = settings
        apply(SessionChange(kept: known))
    }

    package var count: Int { sessions.count }

    /// All, the one that ends first before the others.
    package var all: [KeptSession] { ends.names.compactMap { sessions[$0] } }

    /// The session of a name; nothing when there is none, or its end has come.
    package func session(named name: KeptSession.Name, now: WallTime) -> KeptSession? {
        sessions[name].flatMap { $0.endsAt > now ? $0 : nil }
    }

    /// The session of a name, whether its end has come or not.
    package func kept(_ name: KeptSession.Name) -> KeptSession? { sessions[name] }

    /// What there is of the sign-in that a session belongs to, which need not be kept any more.
    package func names(ofSameSignInAs session: KeptSession) -> [KeptSession.Name] {
        (namesByUser[session.user] ?? []).filter { sessions[$0]?.isOfSameSignIn(as: session) ?? false }
    }

    // MARK: Orders

    /// What an order does. What has ended goes with it.
    ///
    /// - Throws: ``EventLogError/Code/sessionsFull`` when there is no room for another session.
    package func change(for order: SessionOrder, now: WallTime) throws(EventLogError) -> SessionChange {
        var plan = Plan(going: Set(ends.names(until: now)))
        switch order {
        case .signOut(let names): plan.going.formUnion(names.flatMap(ofSignIn))
        case .signIn(let user, let session, let old):
            retire(old, of: user, for: session, &plan, by: now.adding(seconds: Self.graceSeconds))
            if let session { try keep(session, inPlaceOf: old, &plan) }
        }
        return SessionChange(kept: plan.kept.filter { sessions[$0.name] != $0 }, forgotten: plan.going.sorted())
    }

    /// What goes because its end has come, so many at most: those that have ended first.
    package func expiry(now: WallTime, limit: Int = .max) -> SessionChange {
        SessionChange(forgotten: ends.names(until: now, limit: limit))
    }

    /// Those that a change lets go of before their time, and whose sign-in goes on with no other: nothing but their
    /// streams is left of it. One that is about to end, as it was replaced, is none of them.
    package func cutShort(by change: SessionChange, now: WallTime) -> [KeptSession] {
        let soon = now.adding(seconds: Self.graceSeconds)
        let going = Set(change.forgotten)
        return change.forgotten.compactMap { sessions[$0] }.filter { session in
            session.endsAt > soon && !session.session.isEmpty
                && !change.kept.contains { $0.isOfSameSignIn(as: session) }
                && others(ofSignIn: session).allSatisfy(going.contains)
        }
    }

    /// A change in the making.
    private struct Plan {
        var going: Set<KeptSession.Name>
        /// With their new ends, and whoever is new.
        var kept: [KeptSession] = []
    }

    /// The sessions of the sign-in that a name belongs to, with itself.
    private func ofSignIn(_ name: KeptSession.Name) -> [KeptSession.Name] {
        guard let session = sessions[name] else { return [] }
        return [name] + others(ofSignIn: session)
    }

    private func others(ofSignIn session: KeptSession) -> [KeptSession.Name] {
        names(ofSameSignInAs: session).filter { $0 != session.name }
    }

    private func retire(
        _ old: [KeptSession.Name], of user: String, for new: KeptSession?, _ plan: inout Plan, by time: WallTime
    ) {
        let former = new.map(others) ?? []
        for name in Set(old).union(former).subtracting(plan.going).sorted() {
            guard let session = sessions[name] else { continue }
            if session.user != user {
                plan.going.insert(name)
            } else if !(old.contains(name) && former.contains(name)) {
                plan.kept.append(session.ending(by: time))
            }
        }
    }

    private func keep(
        _ session: KeptSession, inPlaceOf old: [KeptSession.Name], _ plan: inout Plan
    ) throws(EventLogError) {
        drop(namesOverShare(of: session, plan), from: &plan)
        // What the browser gave up makes room before anybody is refused.
        if !hasRoom(for: session, plan) {
            drop(plan.kept.map(\.name) + others(ofSignIn: session).filter(old.contains), from: &plan)
        }
        guard hasRoom(for: session, plan) else { throw .sessionsFull(settings) }
        plan.kept.append(session)
    }

    private func drop(_ names: [KeptSession.Name], from plan: inout Plan) {
        plan.going.formUnion(names)
        plan.kept.removeAll { names.contains($0.name) }
    }

    /// The user's own that go, so that with one more it has no more than its share: first those in whose place another
    /// of their sign-in was kept, then those that end first.
    private func namesOverShare(of session: KeptSession, _ plan: Plan) -> [KeptSession.Name] {
        let newest = newestBySignIn(of: session.user)
        let own = (namesByUser[session.user] ?? []).filter { !plan.going.contains($0) && $0 != session.name }
            .compactMap { name in plan.kept.first { $0.name == name } ?? sessions[name] }
            .map { one in
                (isFormer: one.isOfSameSignIn(as: session) || newest[one.session].map { $0 != one.name } ?? false, one)
            }
            .sorted { left, right in
                guard left.isFormer == right.isFormer else { return left.isFormer }
                return (left.1.endsAt, left.1.name) < (right.1.endsAt, right.1.name)
            }.map(\.1)
        var (count, bytes) = (own.count + 1, own.reduce(session.cost) { $0 + $1.cost })
        return own.prefix { one in
            guard count > settings.perUser || bytes > settings.bytesPerUser else { return false }
            count -= 1
            bytes -= one.cost
            return true
        }.map(\.name)
    }

    /// The last that was kept for each of a user's sign-ins that have a name.
    private func newestBySignIn(of user: String) -> [String: KeptSession.Name] {
        let own = (namesByUser[user] ?? []).compactMap { sessions[$0] }.filter { !$0.session.isEmpty }
        return Dictionary(own.map { ($0.session, $0.name) }) { $1 }
    }

    private func hasRoom(for session: KeptSession, _ plan: Plan) -> Bool {
        let freed = plan.going.union([session.name]).reduce(0) { $0 + (sessions[$1]?.cost ?? 0) }
        return session.cost <= settings.bytes && byteCount - freed <= settings.bytes - session.cost
    }

    // MARK: Changes

    /// Removes what has ended.
    package mutating func expire(now: WallTime) {
        for name in ends.removeAll(until: now) { forget(name) }
    }

    /// What takes a change back, once it is carried out.
    package func reversal(of change: SessionChange) -> SessionChange {
        let known = (change.forgotten + change.kept.map(\.name)).compactMap { sessions[$0] }
        return SessionChange(kept: known, forgotten: change.kept.map(\.name).filter { sessions[$0] == nil })
    }

    /// Carries out a change.
    package mutating func apply(_ change: SessionChange) {
        // Most go because their end has come, and those stand at the beginning: all at once, or each would move all
        // that are behind it.
        let forgotten = Set(change.forgotten)
        for name in ends.removePrefix(of: forgotten) { forget(name) }
        for name in forgotten { remove(name) }
        for session in change.kept {
            remove(session.name)
            sessions[session.name] = session
            namesByUser[session.user, default: []].append(session.name)
            ends.insert(session.name, at: session.endsAt)
            byteCount += session.cost
        }
    }

    private mutating func remove(_ name: KeptSession.Name) {
        guard let session = forget(name) else { return }
        ends.remove(name, at: session.endsAt)
    }

    /// Removes a session that has no place in the order of ends, or not for long.
    @discardableResult
    private mutating func forget(_ name: KeptSession.Name) -> KeptSession? {
        guard let session = sessions.removeValue(forKey: name) else { return nil }
        byteCount -= session.cost
        namesByUser[session.user]?.removeAll { $0 == name }
        if namesByUser[session.user]?.isEmpty ?? false { namesByUser[session.user] = nil }
        return session
    }
}

/// Names in the order of their ends. Sorted: most tokens live equally long, so that most names come at the end, and go
/// from the beginning.
private struct EndOrder: Sendable {
    private struct Entry: Comparable {
        let endsAt: WallTime
        let name: KeptSession.Name

        static func < (left: Entry, right: Entry) -> Bool { (left.endsAt, left.name) < (right.endsAt, right.name) }
    }

    private var entries: [Entry] = []

    var names: [KeptSession.Name] { entries.map(\.name) }

    /// Those whose end has come.
    func names(until now: WallTime, limit: Int = .max) -> [KeptSession.Name] {
        entries.prefix(limit).prefix { $0.endsAt <= now }.map(\.name)
    }

    /// Removes those whose end has come.
    mutating func removeAll(until now: WallTime) -> [KeptSession.Name] {
        let ended = names(until: now)
        entries.removeSubrange(..<ended.count)
        return ended
    }

    /// Removes those at the beginning that are in a set.
    mutating func removePrefix(of names: Set<KeptSession.Name>) -> [KeptSession.Name] {
        let first = entries.prefix { names.contains($0.name) }.map(\.name)
        entries.removeSubrange(..<first.count)
        return first
    }

    mutating func insert(_ name: KeptSession.Name, at endsAt: WallTime) {
        let entry = Entry(endsAt: endsAt, name: name)
        entries.insert(entry, at: index(of: entry))
    }

    mutating func remove(_ name: KeptSession.Name, at endsAt: WallTime) {
        let entry = Entry(endsAt: endsAt, name: name)
        let index = index(of: entry)
        guard index < entries.count, entries[index] == entry else { return }
        entries.remove(at: index)
    }

    /// Where an entry stands, or would.
    private func index(of entry: Entry) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
