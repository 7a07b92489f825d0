// A publish request from its body to its answer: parse, check the grants, append, report.

internal import EventHub
internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import OpenSSLKit
internal import PeerText
internal import TokenAuth
internal import Tracing

/// One authenticated publish request, or several that differ in their bodies alone.
final class Publisher: Sendable {
    private let hub: EventHub
    private let claims: Claims
    private let limits: PublishLimits
    private let key: IdempotencyKey?
    private let meter: PublishMeter?
    private let answers: PublishAnswers
    private let audit: PublishAudit?
    private let spans: PublishSpans?
    private let request: FieldValue?

    /// - Parameters:
    ///   - key: the request's key, if it may be sent again.
    ///   - meter: told what the body has, where publishers are limited.
    ///   - answers: makes the answer.
    ///   - audit: keeps book of it, where somebody does.
    ///   - request: what its events say of the request that brought them.
    ///   - spans: tell how long its steps take, where somebody asks.
    init(
        hub: EventHub, claims: Claims, limits: PublishLimits, key: IdempotencyKey?, meter: PublishMeter? = nil,
        answers: PublishAnswers, audit: PublishAudit? = nil, spans: PublishSpans? = nil, request: FieldValue? = nil
    ) {
        self.request = request
        self.spans = spans
        self.audit = audit
        self.answers = answers
        self.meter = meter
        self.hub = hub
        self.claims = claims
        self.limits = limits
        self.key = key
    }

    /// The same for another request.
    func again(meter: PublishMeter?, audit: PublishAudit?, request: FieldValue?) -> Publisher {
        Publisher(
            hub: hub, claims: claims, limits: limits, key: key, meter: meter, answers: answers, audit: audit,
            spans: spans, request: request)
    }

    /// Puts the body's events into the log.
    ///
    /// - Parameter completion: called with the answer when the events are in the log, or when there is nothing to
    ///   append.
    func publish(
        _ body: ByteBuffer, as format: PublishFormat, completion: @escaping @Sendable (Answer) -> Void
    ) {
        let since = hub.now
        switch format {
        case .json: publishOne(body, since, completion: completion)
        case .ndjson: publishLines(body, since, completion: completion)
        }
    }

    private func publishOne(
        _ body: ByteBuffer, _ since: Stamp, completion: @escaping @Sendable (Answer) -> Void
    ) {
        meter?.charge(events: 1, bytes: body.readableBytes)
        do {
            let (event, key) = try spans.checking { () throws(Problem) in
                (try parse(body), try publishKey(body, taken: [true]))
            }
            let events = [event]
            append(events, key, since) { [self] result in
                switch result {
                case .failure(let error): completion(answers.answer(Problem(error)))
                case .success(let appended):
                    audit?.published(events, appended)
                    completion(answers.answer(appended.receipts))
                }
            }
        } catch {
            completion(answers.answer(error))
        }
    }

    /// Each line stands for itself: the answer to a bad one is its error, and it keeps no other out. All good lines are
    /// one append.
    private func publishLines(
        _ body: ByteBuffer, _ since: Stamp, completion: @escaping @Sendable (Answer) -> Void
    ) {
        let lines = body.lines()
        // What is refused as too many is charged as the most that fit: it was looked at, and none of it is published.
        meter?.charge(events: min(lines.count, limits.batchEvents), bytes: body.readableBytes)
        guard lines.count <= limits.batchEvents else {
            completion(
                answers.answer(
                    Problem(
                        .contentTooLarge, "batch-too-large",
                        "A batch may have \(limits.batchEvents) lines (limits.batch_events). Split it.")))
            return
        }
        let check = spans?.start("publish.check")
        let batch = ParsedBatch(lines, by: parse)
        let events = batch.events
        check?.end()
        guard !events.isEmpty else {
            completion(answers.answer(refusing: batch.faults.map(\.problem)))
            return
        }
        do {
            let key = try publishKey(body, taken: batch.taken)
            append(events, key, since) { [self] result in
                switch result {
                case .failure(let error) where error.parts.isEmpty: completion(answers.answer(Problem(error)))
                case .failure(let error):
                    let stored = zip(events, error.parts).compactMap { event, part in
                        (try? part.get()).map { (event, $0) }
                    }
                    let appended = Appended(stored.map(\.1), isRepeat: error.isRepeat)
                    if !stored.isEmpty { audit?.published(stored.map(\.0), appended) }
                    completion(answers.answer(batch.lines(error.parts)))
                case .success(let appended):
                    audit?.published(events, appended)
                    completion(
                        batch.faults.isEmpty
                            ? answers.answer(lines: appended.receipts)
                            : answers.answer(batch.lines(appended.receipts.map { .success($0) })))
                }
            }
        } catch {
            completion(answers.answer(error))
        }
    }

    private func append(
        _ events: [NewEvent], _ key: PublishKey?, _ since: Stamp,
        completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        guard let spans else {
            return hub.append(events, by: claims.subject, key: key, since: since, completion: completion)
        }
        let span = spans.start("publish.append")
        span.attributes["sluice.events"] = events.count
        hub.append(events, by: claims.subject, key: key, since: since) { [hub] result in
            switch result {
            case .failure(let error): span.fail(error.code.name)
            case .success(let appended):
                span.attributes["sluice.first_event"] = appended.receipts.first?.id.description
                if appended.isRepeat { span.attributes["sluice.repeat"] = true }
                span.end()
                if !appended.isRepeat { spans.time(events, through: hub) }
            }
            completion(result)
        }
    }

    /// The key with a digest of the request.
    ///
    /// - Parameter taken: which lines are events. A retry whose token grants less is another request, and does not get
    ///   the ids of the first.
    private func publishKey(
        _ body: ByteBuffer, taken: @autoclosure () -> [Bool]
    ) throws(Problem) -> PublishKey? {
        guard let key else { return nil }
        let message = Array(body.readableBytesView) + taken().map { $0 ? 1 : 0 }
        do {
            return PublishKey(publisher: claims.subject, key: key.text, digest: try Digest.sha256(message.span))
        } catch {
            throw .logUnavailable("out-of-memory", "The gateway has no memory for this request. Send it again later.")
        }
    }

    // MARK: Grants

    private func parse(_ text: ByteBuffer) throws(Problem) -> NewEvent {
        let event = try NewEvent(json: text, limits: limits, request: request)
        guard isGranted(event.audience) else {
            throw .grantMissing("The token's `sluice.publish` does not grant this audience.")
        }
        return event
    }

    private func isGranted(_ audience: Audience) -> Bool {
        switch audience {
        case .user(let user): claims.grants.usersToPublish.matches(user)
        case .users(let users): users.allSatisfy { claims.grants.usersToPublish.matches($0) }
        case .topic(let topic): claims.grants.topicsToPublish.matches(topic)
        case .everyone: claims.grants.mayPublishToEveryone
        }
    }
}

/// A batch's lines: those that are events, and what is wrong with the others.
private struct ParsedBatch {
    private(set) var events: [NewEvent] = []
    /// In their order, which is that of their lines.
    private(set) var faults: [(line: Int, problem: Problem)] = []
    private let count: Int

    init(_ lines: [ByteBuffer], by parse: (ByteBuffer) throws(Problem) -> NewEvent) {
        count = lines.count
        events.reserveCapacity(count)
        for (line, text) in lines.enumerated() {
            do throws(Problem) {
                events.append(try parse(text))
            } catch {
                faults.append((line, error))
            }
        }
    }

    /// Which lines are events.
    var taken: [Bool] {
        var taken = Array(repeating: true, count: count)
        for fault in faults { taken[fault.line] = false }
        return taken
    }

    /// What the lines are answered.
    ///
    /// - Parameter outcomes: what became of each event.
    func lines(_ outcomes: [Result<Receipt, EventLogError>]) -> [Result<Receipt, Problem>] {
        var (outcomes, faults) = (outcomes.makeIterator(), faults[...])
        return (0..<count).compactMap { line in
            if faults.first?.line == line { return faults.popFirst().map { .failure($0.problem) } }
            return outcomes.next().map { outcome in outcome.mapError { Problem($0) } }
        }
    }
}

extension Problem {
    /// The log did not take the events. Unless the publisher is to blame, it should keep them and try again. It is told
    /// no more: the cause names files, and is in the operator's log.
    init(_ error: EventLogError) {
        switch error.code {
        case .keyReused: self = Problem(.unprocessableContent, error.code.name, error.advice)
        case .tooLarge: self = Problem(.contentTooLarge, error.code.name, error.advice)
        case .shareFull:
            // RFC 6585 §4.
            self = Problem(
                .tooManyRequests, error.code.name, error.code.advice,
                fields: [.retryAfter: "\(error.retrySeconds ?? 1)"])
        default: self = .logUnavailable(error.code.name, error.advice, retryAfter: error.retrySeconds)
        }
    }
}

extension ByteBuffer {
    /// The lines of an NDJSON body, without their ends and without empty ones.
    fileprivate func lines() -> [ByteBuffer] {
        let places = withUnsafeReadableBytes { bytes in
            var (places, start): ([Range<Int>], Int) = ([], 0)
            while start < bytes.count {
                let lineFeed = bytes.offset(of: UInt8(ascii: "\n"), from: start) ?? bytes.count
                let hasReturn = lineFeed > start && bytes[lineFeed - 1] == UInt8(ascii: "\r")
                let end = hasReturn ? lineFeed - 1 : lineFeed
                if end > start { places.append(start..<end) }
                start = lineFeed + 1
            }
            return places
        }
        return places.compactMap { getSlice(at: readerIndex + $0.lowerBound, length: $0.count) }
    }
}
