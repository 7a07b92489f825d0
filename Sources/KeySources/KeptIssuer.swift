// One issuer as its keeper has it: where its keys come from, what was fetched, and who waits for more. A value.

/// An issuer whose keys are fetched.
struct KeptIssuer<Keys: Sendable> {
    typealias Instant = FetchSchedule.Instant

    /// What documents were read as. The same text is not read again: checking a key's numbers takes its time, and
    /// strangers have a hand in how often a document is fetched.
    struct Readings {
        var keys: Keys?
        /// What the keys were read from.
        var text: [UInt8] = []
        /// The last document that could not be used.
        var refused: (text: [UInt8], error: FetchError)?

        func reading(of bytes: [UInt8]) -> Result<Keys, FetchError>? {
            if let keys, bytes == text { return .success(keys) }
            if let refused, bytes == refused.text { return .failure(refused.error) }
            return nil
        }
    }

    let source: KeySource
    /// Tells it from a former one with the same source, whose last fetch may still be under way.
    let number: UInt64
    var schedule: FetchSchedule
    private(set) var readings = Readings()
    private(set) var room = WaitingRoom()

    init(_ source: KeySource, number: UInt64, _ rules: FetchRules, at now: Instant) {
        (self.source, self.number) = (source, number)
        schedule = FetchSchedule(rules, at: now)
    }

    /// The newest keys, as long as they count.
    var keys: Keys? { readings.keys }

    /// Serves on with the keys of a former source for a moment, while the new one is fetched for the first time.
    mutating func takeOver(_ former: KeptIssuer, at now: Instant) {
        (readings.keys, readings.text) = (former.readings.keys, former.readings.text)
        schedule.takeOver(former.schedule, at: now)
    }

    mutating func forget() { (readings.keys, readings.text) = (nil, []) }

    // MARK: Requests

    /// A token names a key that is not there.
    ///
    /// - Parameter number: what its request is taken back by, if it waits.
    mutating func misses(
        _ keyID: String?, at now: Instant, number: UInt64, then callback: @escaping WaitingRoom.Callback
    ) -> FetchSchedule.Outlook {
        guard room.hasPlace else { return .unavailable(.seconds(1)) }
        let outlook = schedule.misses(at: now)
        guard outlook == .wait || outlook == .fetch else { return outlook }
        let deciding = outlook == .fetch ? schedule.begun : schedule.begun + 1
        room.add(.init(keyID: keyID, decidedBy: deciding, callback: callback), as: number)
        return outlook
    }

    mutating func leaves(_ number: UInt64) { room.remove(number) }

    mutating func takeAllWaiting() -> [WaitingRoom.Callback] { room.take { _ in true }.map(\.callback) }

    // MARK: Fetches

    /// A fetch is over.
    ///
    /// Who came while it was under way stays for the next one: this one may have been answered before that key was
    /// made. Unless it has brought the key all the same.
    ///
    /// - Parameters:
    ///   - document: what was fetched, if anything was.
    ///   - read: the keys, or why there are none.
    ///   - holds: whether a token of this name may find its key in the set.
    /// - Returns: whether the keys are other ones than before, and whom to tell.
    mutating func ends(
        _ document: FetchedDocument?, _ read: Result<Keys, FetchError>, at now: Instant, chance: Double,
        holds: (Keys, String?) -> Bool
    ) -> (isNew: Bool, told: [WaitingRoom.Callback]) {
        guard let document, case .success(let keys) = read else {
            if let document, case .failure(let error) = read { readings.refused = (document.bytes, error) }
            schedule.failed(at: now, chance: chance)
            return (false, takeAllWaiting())
        }
        let isNew = readings.keys == nil || document.bytes != readings.text
        if isNew { (readings.keys, readings.text) = (keys, document.bytes) }
        let decided = room.take { $0.decidedBy <= schedule.begun }
        let early = isNew ? room.take { holds(keys, $0.keyID) } : []
        schedule.succeeded(
            maxAge: document.maxAge, at: now, chance: chance, isAwaited: room.count > 0,
            undecided: Set(early.map(\.keyID)))
        return (isNew, (decided + early).map(\.callback))
    }
}
