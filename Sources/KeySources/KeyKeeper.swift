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
        /// Told of each fetch.
        package var report: @Sendable (KeyReport<Keys>) -> Void
        package var now: @Sendable () -> Instant
        /// From 0 to 1.
        package var chance: @Sendable () -> Double

        package init(
            fetch: @escaping @Sendable (KeySource) async -> Result<FetchedDocument, FetchError> = KeySource.fetched,
            read: @escaping @Sendable ([UInt8]) throws(FetchError) -> Keys,
            report: @escaping @Sendable (KeyReport<Keys>) -> Void,
            now: @escaping @Sendable () -> Instant = { .now },
            chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
        ) {
            self.fetch = fetch
            self.read = read
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

    private struct Issuer {
        let source: KeySource
        var schedule: FetchSchedule
        var keys: Keys?
        /// What the keys were read from: the same text is the same keys, and nobody has to be told.
        var text: [UInt8] = []
        var room = WaitingRoom()

        /// - Returns: whether the keys are other ones than before.
        mutating func take(
            _ result: Result<(FetchedDocument, Keys), FetchError>, at now: Instant, _ chance: Double
        ) -> Bool {
            switch result {
            case .failure:
                schedule.failed(at: now, chance: chance)
                return false
            case .success(let (document, read)):
                schedule.succeeded(maxAge: document.maxAge, at: now, chance: chance)
                guard keys == nil || document.bytes != text else { return false }
                (keys, text) = (read, document.bytes)
                return true
            }
        }
    }

    private let hands: Hands
    private let issuers = Mutex<[String: Issuer]>([:])
    private let bell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    package init(_ hands: Hands) { self.hands = hands }

    /// Goes on with these sources. One that was there before keeps its keys; who waits for one that is gone is told.
    package func adopt(_ sources: [KeySource], _ rules: FetchRules) {
        let now = hands.now()
        let gone = issuers.withLock { issuers in
            var next: [String: Issuer] = [:]
            for source in sources {
                var issuer =
                    issuers[source.issuer].flatMap { $0.source == source ? $0 : nil }
                    ?? Issuer(source: source, schedule: FetchSchedule(rules, at: now))
                issuer.schedule.rules = rules
                next[source.issuer] = issuer
            }
            var gone: [WaitingRoom.Callback] = []
            for (name, var issuer) in issuers where next[name]?.source != issuer.source {
                gone += issuer.room.takeAll()
            }
            issuers = next
            return gone
        }
        for callback in gone { callback() }
        tick()
    }

    /// The newest keys by issuer. One whose keys are not here, or count no more, is missing.
    package var keys: [String: Keys] { issuers.withLock { $0.compactMapValues(\.keys) } }

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
        let (outlook, number) = issuers.withLock { issuers -> (FetchSchedule.Outlook, UInt64?) in
            guard let room = issuers[issuer]?.room else { return (.unknown, nil) }
            guard room.count < FetchRules.waitingRequests else { return (.unavailable(.seconds(1)), nil) }
            guard let outlook = issuers[issuer]?.schedule.misses(keyID, at: now) else { return (.unknown, nil) }
            switch outlook {
            case .wait, .fetch: return (outlook, issuers[issuer]?.room.add(callback))
            case .unknown, .unavailable: return (outlook, nil)
            }
        }
        switch outlook {
        case .unknown: return .unknown
        case .unavailable(let time): return .unavailable(time)
        case .fetch, .wait:
            if outlook == .fetch { begin(issuer) }
            return .wait { [self] in leave(number, issuer) }
        }
    }

    /// A request has waited, and its token's key is still not there.
    package func afterWaiting(for issuer: String) -> Outlook {
        let now = hands.now()
        switch issuers.withLock({ $0[issuer]?.schedule.afterWaiting(at: now) }) {
        case .unavailable(let time): return .unavailable(time)
        case .unknown, .wait, .fetch, nil: return .unknown
        }
    }

    private func leave(_ number: UInt64?, _ issuer: String) {
        guard let number else { return }
        issuers.withLock { $0[issuer]?.room.remove(number) }
    }

    /// How many requests wait.
    var waitingCount: Int { issuers.withLock { $0.values.reduce(0) { $0 + $1.room.count } } }

    // MARK: Fetching

    /// Says that time has passed. Call it once a second.
    package func tick() { bell.continuation.yield() }

    private let begun = Mutex<[String]>([])

    private func begin(_ issuer: String) {
        begun.withLock { $0.append(issuer) }
        tick()
    }

    /// Fetches whenever there is a reason to, until the task is cancelled. Only one task may call it.
    ///
    /// - Parameter changed: takes ``keys`` into use. It is done before those who wait are told.
    package func run(changed: @escaping @Sendable () -> Void) async {
        await withDiscardingTaskGroup { tasks in
            for await _ in bell.stream {
                let (sources, hasForgotten) = due()
                if hasForgotten { changed() }
                for source in sources { tasks.addTask { await self.fetch(source, changed) } }
            }
        }
    }

    private func due() -> (sources: [KeySource], hasForgotten: Bool) {
        let now = hands.now()
        let names = begun.withLock { begun in
            defer { begun = [] }
            return begun
        }
        return issuers.withLock { issuers in
            var sources = names.compactMap { issuers[$0]?.source }
            var hasForgotten = false
            for name in issuers.keys {
                while let action = issuers[name]?.schedule.look(at: now), action != .nothing {
                    if action == .fetch, let source = issuers[name]?.source { sources.append(source) }
                    guard action == .forget else { continue }
                    issuers[name]?.keys = nil
                    issuers[name]?.text = []
                    hasForgotten = true
                }
            }
            return (sources, hasForgotten)
        }
    }

    private func fetch(_ source: KeySource, _ changed: @Sendable () -> Void) async {
        let result = await hands.fetch(source)
        let read = Result { () throws(FetchError) in
            let document = try result.get()
            return (document, try hands.read(document.bytes))
        }
        let (now, chance) = (hands.now(), hands.chance())
        let (isNew, waiting, hasKeys) = issuers.withLock { issuers in
            guard var issuer = issuers[source.issuer], issuer.source == source else {
                return (false, [WaitingRoom.Callback](), false)
            }
            let isNew = issuer.take(read, at: now, chance)
            let waiting = issuer.room.takeAll()
            issuers[source.issuer] = issuer
            return (isNew, waiting, issuer.keys != nil)
        }
        if isNew { changed() }
        hands.report(KeyReport(issuer: source.issuer, result: read.map(\.1), hasKeys: hasKeys))
        for callback in waiting { callback() }
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
    /// ``fetch()`` as a value.
    package static let fetched: @Sendable (KeySource) async -> Result<FetchedDocument, FetchError> = { source in
        do throws(FetchError) {
            return .success(try await source.fetch())
        } catch {
            return .failure(error)
        }
    }
}
