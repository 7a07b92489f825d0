// Keeps the keys of all issuers that have theirs fetched: carries out what each one's schedule says, and tells those
// who wait. Event loops ask it about tokens whose key is not there, and only about those.

internal import Synchronization

/// Fetches keys in time, and knows the newest. Generic over what a key set is, which it does not look into.
package final class KeyKeeper<Keys: Sendable>: Sendable {
    package typealias Instant = FetchSchedule.Instant

    /// What it does not do itself.
    package struct Hands: Sendable {
        /// Fetches a source's document.
        package var fetch: @Sendable (KeySource) async -> Result<FetchedDocument, FetchError>
        /// Reads a document as a key set.
        package var read: @Sendable ([UInt8]) throws(FetchError) -> Keys
        /// Whether a token that names this key, or none, may find its key in the set.
        package var holds: @Sendable (Keys, String?) -> Bool
        /// Told of each fetch.
        package var report: @Sendable (KeyReport<Keys>) -> Void
        package var now: @Sendable () -> Instant
        /// From 0 to 1.
        package var chance: @Sendable () -> Double

        package init(
            fetch: @escaping @Sendable (KeySource) async -> Result<FetchedDocument, FetchError> = KeySource.fetched,
            read: @escaping @Sendable ([UInt8]) throws(FetchError) -> Keys,
            holds: @escaping @Sendable (Keys, String?) -> Bool,
            report: @escaping @Sendable (KeyReport<Keys>) -> Void,
            now: @escaping @Sendable () -> Instant = { .now },
            chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
        ) {
            self.fetch = fetch
            self.read = read
            self.holds = holds
            self.report = report
            self.now = now
            self.chance = chance
        }
    }

    /// What becomes of a request whose token's key is not there.
    package enum Outlook: Sendable {
        /// It waits, and is told.
        ///
        /// - Parameter cancel: to be called when it does not wait any more.
        case wait(cancel: @Sendable () -> Void)
        /// There is no such key.
        case unknown
        /// Nobody can say at present; it is worth asking again after this time.
        case unavailable(Duration)
    }

    private struct State {
        var issuers: [String: KeptIssuer<Keys>] = [:]
        /// Fetches that requests have begun, and that are not made yet.
        var begun: [Job] = []
        private var last: UInt64 = 0

        /// A number for a request or an issuer that nobody else has had: who leaves late takes no other's place.
        mutating func number() -> UInt64 {
            last += 1
            return last
        }
    }

    /// A fetch to be made, and for whom.
    private struct Job {
        let source: KeySource
        let number: UInt64

        init(_ issuer: KeptIssuer<Keys>) { (source, number) = (issuer.source, issuer.number) }
    }

    private let hands: Hands
    private let state = Mutex(State())
    private let bell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package init(_ hands: Hands) { self.hands = hands }

    /// Goes on with these sources. One that was there before keeps its keys; those of one that has changed serve on for
    /// ``FetchRules/takenOver``. Who waits for a source that is gone is told.
    ///
    /// - Parameter changed: takes the sources and ``keys`` into use. It is done before those who wait are told: each is
    ///   judged anew, and by what it finds then.
    package func adopt(_ sources: [KeySource], _ rules: FetchRules, changed: () -> Void = {}) {
        let now = hands.now()
        let gone = state.withLock { state in
            let former = state.issuers
            state.issuers = [:]
            for source in sources {
                var issuer = former[source.issuer].flatMap { $0.source == source ? $0 : nil }
                if issuer == nil {
                    issuer = KeptIssuer(source, number: state.number(), rules, at: now)
                    if let old = former[source.issuer] { issuer?.takeOver(old, at: now) }
                }
                issuer?.schedule.rules = rules
                state.issuers[source.issuer] = issuer
            }
            return former.filter { state.issuers[$0]?.number != $1.number }.values.flatMap { issuer in
                var issuer = issuer
                return issuer.takeAllWaiting()
            }
        }
        changed()
        for callback in gone { callback() }
        tick()
    }

    /// The newest keys by issuer. One whose keys are not here, or count no more, is missing.
    package var keys: [String: Keys] { state.withLock { $0.issuers.compactMapValues(\.keys) } }

    // MARK: Requests

    /// A token names a key that is not there.
    ///
    /// - Parameters:
    ///   - keyID: the key's name; nothing when the token names none.
    ///   - issuer: the issuer, as it is configured.
    ///   - callback: called once, on any thread, when it is worth looking again. Only with ``Outlook/wait(cancel:)``.
    package func misses(
        _ keyID: String?, of issuer: String, then callback: @escaping @Sendable () -> Void
    ) -> Outlook {
        let now = hands.now()
        let (outlook, number) = state.withLock { state in
            let number = state.number()
            let outlook = state.issuers[issuer]?.misses(keyID, at: now, number: number, then: callback)
            if outlook == .fetch, let entry = state.issuers[issuer] { state.begun.append(Job(entry)) }
            return (outlook, number)
        }
        switch outlook {
        case .unknown, nil: return .unknown
        case .unavailable(let time): return .unavailable(time)
        case .fetch, .wait:
            if outlook == .fetch { tick() }
            return .wait { [self] in state.withLock { $0.issuers[issuer]?.leaves(number) } }
        }
    }

    /// A request has waited, and its token's key is still not there.
    package func afterWaiting(for keyID: String?, of issuer: String) -> Outlook {
        let now = hands.now()
        switch state.withLock({ $0.issuers[issuer]?.schedule.afterWaiting(for: keyID, at: now) }) {
        case .unavailable(let time): return .unavailable(time)
        case .unknown, .wait, .fetch, nil: return .unknown
        }
    }

    /// How many requests wait.
    var waitingCount: Int { state.withLock { $0.issuers.values.reduce(0) { $0 + $1.room.count } } }

    // MARK: Fetching

    /// Says that time has passed. Call it once a second.
    package func tick() { bell.continuation.yield() }

    /// Fetches whenever there is a reason to, until the task is cancelled. Only one task may call it.
    ///
    /// - Parameter changed: takes ``keys`` into use. It is done before those who wait are told.
    package func run(changed: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { tasks in
            for await _ in bell.stream {
                let (jobs, hasForgotten) = due()
                if hasForgotten { changed() }
                for job in jobs { tasks.addTask { await self.fetch(job, changed) } }
            }
        }
    }

    private func due() -> (jobs: [Job], hasForgotten: Bool) {
        let now = hands.now()
        return state.withLock { state in
            // Of a former entry, none is made: the one in its place begins its own.
            var jobs = state.begun.filter { state.issuers[$0.source.issuer]?.number == $0.number }
            state.begun = []
            var hasForgotten = false
            for name in state.issuers.keys {
                while let action = state.issuers[name]?.schedule.look(at: now), action != .nothing {
                    if action == .fetch, let issuer = state.issuers[name] { jobs.append(Job(issuer)) }
                    guard action == .forget else { continue }
                    state.issuers[name]?.forget()
                    hasForgotten = true
                }
            }
            return (jobs, hasForgotten)
        }
    }

    private func fetch(_ job: Job, _ changed: @Sendable () -> Void) async {
        let name = job.source.issuer
        let fetched = await hands.fetch(job.source)
        let known = state.withLock { $0.issuers[name]?.readings }
        let read = fetched.flatMap { document in known?.reading(of: document.bytes) ?? self.read(document) }
        let (now, chance) = (hands.now(), hands.chance())
        let ended = state.withLock { state -> (isNew: Bool, told: [WaitingRoom.Callback], hasKeys: Bool)? in
            // One of a former entry is nobody's: the log would tell of an issuer that is configured otherwise now.
            guard var issuer = state.issuers[name], issuer.number == job.number else { return nil }
            let (isNew, told) = issuer.ends(
                try? fetched.get(), read, at: now, chance: chance, holds: hands.holds)
            state.issuers[name] = issuer
            return (isNew, told, issuer.keys != nil)
        }
        guard let ended else { return }
        if ended.isNew { changed() }
        hands.report(KeyReport(issuer: name, result: read, hasKeys: ended.hasKeys))
        for callback in ended.told { callback() }
    }

    private func read(_ document: FetchedDocument) -> Result<Keys, FetchError> {
        Result { () throws(FetchError) in try hands.read(document.bytes) }
    }
}

/// One fetch, as the log and the metrics tell of it.
package struct KeyReport<Keys: Sendable>: Sendable {
    /// Whose keys were fetched.
    package let issuer: String
    /// The keys, or why they are not here.
    package let result: Result<Keys, FetchError>
    /// Whether there are keys that serve, be they former ones.
    package let hasKeys: Bool
}

extension KeySource {
    /// ``fetch(until:)`` within the time that a fetch has, as a value.
    package static let fetched: @Sendable (KeySource) async -> Result<FetchedDocument, FetchError> = { source in
        do throws(FetchError) {
            return .success(try await source.fetch())
        } catch {
            return .failure(error)
        }
    }
}
