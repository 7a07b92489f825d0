// What each caller has had of late, for all event loops and across reloads. A lock is taken once per publish and once
// per stream, and only where a limit is set.

internal import EventHub
package import HTTPServing
internal import HTTPTypes
package import NIOCore
internal import PeerText
internal import Synchronization

/// The accounts of all callers, each kind in a table of its own.
package final class CallerAccounts: Sendable {
    /// Callers of one kind that are remembered: 1 MB a table at most.
    private static let capacity = 65_536

    private struct Publishers {
        var events = BoundedBuckets(capacity: CallerAccounts.capacity)
        var bytes = BoundedBuckets(capacity: CallerAccounts.capacity)
    }

    /// Who is connected, by address.
    package let addresses: AddressBook
    private let publishers = Mutex(Publishers())
    private let openings = Mutex(BoundedBuckets(capacity: CallerAccounts.capacity))
    private let signIns = Mutex(BoundedBuckets(capacity: CallerAccounts.capacity))
    private let renewals = Mutex(BoundedBuckets(capacity: CallerAccounts.capacity))
    private let clock: @Sendable () -> NIODeadline

    /// - Parameter clock: time that only goes forward.
    package init(clock: @escaping @Sendable () -> NIODeadline = { .now() }) {
        addresses = AddressBook(clock: clock)
        self.clock = clock
    }

    /// Lets a publisher send one more request, before its body is read.
    ///
    /// - Parameter declared: how long its body says that it is, if it does.
    /// - Returns: what to charge for what only the body says; nothing where nothing is limited.
    func admitPublish(
        by user: String, declared: Int?, _ limits: CallerLimits
    ) throws(Problem) -> PublishMeter? {
        guard limits.limitPublishers else { return nil }
        let (caller, now) = (BoundedBuckets.fingerprint(of: user), clock())
        let wait = publishers.withLock { tables -> TimeAmount? in
            // What is refused costs nothing: both are asked before either is taken from.
            let wait = limits.publishedEvents.flatMap { tables.events.wait(for: 1, of: caller, at: now, $0) }
            if let wait { return wait }
            let other = limits.publishedBytes.flatMap { tables.bytes.take(declared ?? 0, of: caller, at: now, $0) }
            if let other { return other }
            return limits.publishedEvents.flatMap { tables.events.take(1, of: caller, at: now, $0) }
        }
        if let wait { throw .publishTooFast(retryAfter: wait) }
        return PublishMeter(self, caller, limits, countsBody: declared == nil)
    }

    fileprivate func charge(events: Int, bytes: Int, to caller: UInt64, _ limits: CallerLimits) {
        let now = clock()
        publishers.withLock { tables in
            if let rate = limits.publishedEvents, events > 0 {
                tables.events.charge(events, to: caller, at: now, rate)
            }
            if let rate = limits.publishedBytes, bytes > 0 { tables.bytes.charge(bytes, to: caller, at: now, rate) }
        }
    }

    /// Lets a user open one more stream.
    ///
    /// - Returns: nothing when it may, else for how long it may not.
    func admitOpening(by user: String, _ limits: CallerLimits) -> TimeAmount? {
        guard let rate = limits.streamsOpened else { return nil }
        let (caller, now) = (BoundedBuckets.fingerprint(of: user), clock())
        return openings.withLock { $0.take(1, of: caller, at: now, rate) }
    }

    /// Lets a user have the log write for one more sign-in.
    func admitSignIn(by user: String, _ limits: CallerLimits) throws(Problem) {
        try admitSignIn(of: BoundedBuckets.fingerprint(of: user), limits)
    }

    /// Lets somebody have the log look for sessions that nobody here knows, to end them. Who has no good token is known
    /// by address: it may have made them up.
    func admitSignOut(by user: String?, at address: ClientAddress?, _ limits: CallerLimits) throws(Problem) {
        if let user { return try admitSignIn(by: user, limits) }
        try admitSignIn(of: BoundedBuckets.fingerprint(of: address?.key), limits)
    }

    private func admitSignIn(of caller: UInt64, _ limits: CallerLimits) throws(Problem) {
        guard let rate = limits.signIns else { return }
        let now = clock()
        let wait = signIns.withLock { $0.take(1, of: caller, at: now, rate) }
        if let wait { throw .signInsTooFast(retryAfter: wait) }
    }

    /// Lets a user have the log write that a session goes on. As often as for sign-ins, and counted apart: who goes on
    /// often must be able to sign out.
    func admitRenewal(by user: String, _ limits: CallerLimits) -> Bool {
        guard let rate = limits.signIns else { return true }
        let (caller, now) = (BoundedBuckets.fingerprint(of: user), clock())
        return renewals.withLock { $0.take(1, of: caller, at: now, rate) } == nil
    }
}

/// Charges a publisher for what only its body says. Made only where publishers are limited.
final class PublishMeter: Sendable {
    private let accounts: CallerAccounts
    private let caller: UInt64
    private let limits: CallerLimits
    private let countsBody: Bool

    /// - Parameter countsBody: whether the body's length was not known before.
    fileprivate init(_ accounts: CallerAccounts, _ caller: UInt64, _ limits: CallerLimits, countsBody: Bool) {
        (self.accounts, self.caller, self.limits, self.countsBody) = (accounts, caller, limits, countsBody)
    }

    /// - Parameters:
    ///   - events: how many the body has. One was charged with the request.
    ///   - bytes: how long it is.
    func charge(events: Int, bytes: Int) {
        accounts.charge(events: max(0, events - 1), bytes: countsBody ? bytes : 0, to: caller, limits)
    }
}

// MARK: - What a caller is told

extension Problem {
    /// RFC 6585 §4.
    static func publishTooFast(retryAfter wait: TimeAmount) -> Problem {
        let seconds = wait.wholeSeconds
        return seconds == 1 ? tooFastForASecond : publishTooFast(seconds: seconds)
    }

    /// What nearly all who are over their rate are told, and those most who send without end.
    private static let tooFastForASecond = publishTooFast(seconds: 1).prepared()

    private static func publishTooFast(seconds: Int64) -> Problem {
        Problem(
            .tooManyRequests, "publish-rate",
            "The token's user publishes more than one may (limits.per_publisher.events, limits.per_publisher.bytes). "
                + "Send it again after the time in Retry-After.",
            fields: [.retryAfter: "\(seconds)"])
    }
}

extension Problem {
    static func signInsTooFast(retryAfter wait: TimeAmount) -> Problem {
        Problem(
            .tooManyRequests, "sign-in-rate",
            "The user signs in faster than one may whose sessions the gateway keeps (limits.sign_ins_per_user). "
                + "Sign in again after the time in Retry-After.",
            fields: [.retryAfter: "\(wait.wholeSeconds)"])
    }
}

/// What a stream is told in-band: `EventSource` would stop for good at 429.
extension AdmissionRefusal {
    static let streamsTooFast = AdmissionRefusal(
        code: "streams-opened-limit",
        detail: "The user opens streams faster than one may (limits.streams_opened_per_user). Try again later.")

    init(_ refusal: AddressRefusal) {
        self =
            switch refusal {
            case .tooMany:
                AdmissionRefusal(
                    code: "address-connections-limit",
                    detail: "The address has as many streams as one may (limits.per_address.connections). Try later.")
            case .tooFast:
                AdmissionRefusal(
                    code: "address-handshakes-limit",
                    detail: "The address opens streams too fast (limits.per_address.handshakes). Try again later.")
            }
    }
}

extension TimeAmount {
    /// Rounded up, and at least 1.
    var wholeSeconds: Int64 { max(1, nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0)) }
}
