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

    // MARK: Orders

    /// What an order does. What has ended goes with it.
    ///
    /// - Throws: ``EventLogError/Code/sessionsFull`` when there is no room for another session.
    package func change(for order: SessionOrder, now: WallTime) throws(EventLogError) -> SessionChange {
        var plan = Plan(going: Set(ends.names(until: now)))
        switch order {
        case .signOut(let names): plan.going.formUnion(names.filter { sessions[$0] != nil })
        case .signIn(let user, let session, let old):
            retire(old, of: user, &plan, by: now.adding(seconds: Self.graceSeconds))
            if let session { try keep(session, &plan) }
        }
        return SessionChange(kept: plan.kept.filter { sessions[$0.name] != $0 }, forgotten: plan.going.sorted())
    }

    /// What goes because its end has come.
    package func expiry(now: WallTime) -> SessionChange { SessionChange(forgotten: ends.names(until: now)) }

    /// A change in the making.
    private struct Plan {
        var going: Set<KeptSession.Name>
        /// With their new ends, and whoever is new.
        var kept: [KeptSession] = []
    }

    private func retire(_ old: [KeptSession.Name], of user: String, _ plan: inout Plan, by time: WallTime) {
        for name in Set(old).subtracting(plan.going).sorted() {
            guard let session = sessions[name] else { continue }
            if session.user == user { plan.kept.append(session.ending(by: time)) } else { plan.going.insert(name) }
        }
    }

    private func keep(_ session: KeptSession, _ plan: inout Plan) throws(EventLogError) {
        drop(namesOverShare(of: session, plan), from: &plan)
        // What the browser gave up makes room before anybody is refused.
        if !hasRoom(for: session, plan) { drop(plan.kept.map(\.name), from: &plan) }
        guard hasRoom(for: session, plan) else { throw .sessionsFull(settings) }
        plan.kept.append(session)
    }

    private func drop(_ names: [KeptSession.Name], from plan: inout Plan) {
        plan.going.formUnion(names)
        plan.kept.removeAll { names.contains($0.name) }
    }

    /// The user's own that go, so that with one more it has no more than its share: those that end first.
    private func namesOverShare(of session: KeptSession, _ plan: Plan) -> [KeptSession.Name] {
        let own = (namesByUser[session.user] ?? []).filter { !plan.going.contains($0) && $0 != session.name }
            .compactMap { name in plan.kept.first { $0.name == name } ?? sessions[name] }
            .sorted { ($0.endsAt, $0.name) < ($1.endsAt, $1.name) }
        var (count, bytes) = (own.count + 1, own.reduce(session.cost) { $0 + $1.cost })
        return own.prefix { one in
            guard count > settings.perUser || bytes > settings.bytesPerUser else { return false }
            count -= 1
            bytes -= one.cost
            return true
        }.map(\.name)
    }

    private func hasRoom(for session: KeptSession, _ plan: Plan) -> Bool {
        let freed = plan.going.union([session.name]).reduce(0) { $0 + (sessions[$1]?.cost ?? 0) }
        return session.cost <= settings.bytes && byteCount - freed <= settings.bytes - session.cost
    }

    // MARK: Changes

    /// Carries out a change.
    package mutating func apply(_ change: SessionChange) {
        for name in change.forgotten { remove(name) }
        for session in change.kept {
            remove(session.name)
            sessions[session.name] = session
            namesByUser[session.user, default: []].append(session.name)
            ends.insert(session.name, at: session.endsAt)
            byteCount += session.cost
        }
    }

    private mutating func remove(_ name: KeptSession.Name) {
        guard let session = sessions.removeValue(forKey: name) else { return }
        ends.remove(name, at: session.endsAt)
        byteCount -= session.cost
        namesByUser[session.user]?.removeAll { $0 == name }
        if namesByUser[session.user]?.isEmpty ?? false { namesByUser[session.user] = nil }
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
    func names(until now: WallTime) -> [KeptSession.Name] { entries.prefix { $0.endsAt <= now }.map(\.name) }

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
