import EventStream
import NIOHTTP1
import Testing

@testable import GatewayClient

@Suite struct EventSourceStateTests {
    private let cut = GatewayClientError(code: .connectionClosed, message: "cut")
    private let start = ContinuousClock.now
    /// Long enough for a connection to count as one that worked.
    private var later: ContinuousClock.Instant { start + EventSourceState.shortestSuccess }

    private func state(base: Duration = .seconds(1)) -> EventSourceState {
        var state = EventSourceState(lastEventID: "", backoff: ReconnectBackoff(base: base))
        state.connecting()
        return state
    }

    @Test func `a connection that worked is followed by the shortest wait`() {
        var state = state()
        #expect(state.ended(cut, at: later, jitter: 0).delay == .seconds(1))
        #expect(state.ended(cut, at: later, jitter: 0).delay == .seconds(2))
        state.connecting()
        state.opened(at: start)
        _ = state.received(.comment(""))
        #expect(state.ended(cut, at: later, jitter: 0).delay == .seconds(1))
    }

    @Test func `a connection that ended at once did not work, whatever it said`() {
        var state = state()
        for expected in [1, 2, 4, 8] {
            state.connecting()
            state.opened(at: start)
            _ = state.received(.event(ServerSentEvent(data: "x")))
            let end = later - .milliseconds(1)
            #expect(state.ended(cut, at: end, jitter: 0).delay == .seconds(expected))
        }
    }

    @Test(arguments: ["sluice.delayed", "sluice.current", "sluice.gap", "sluice.presence"])
    func `what the gateway says of the stream is no event, and a stream that works`(_ name: String) {
        var state = state()
        _ = state.ended(cut, at: later, jitter: 0)
        state.connecting()
        state.opened(at: start)
        let said = state.received(.event(ServerSentEvent(event: name, data: "{}")))
        #expect(said?.kind == String(name.dropFirst(7)))
        #expect(state.ended(cut, at: later, jitter: 0).delay == .seconds(1))
    }

    @Test func `with retry 0 a broken server is asked a few times in three seconds`() {
        var state = state()
        var waited = Duration.zero
        var attempts = 0
        while waited < .seconds(3) {
            state.connecting()
            state.opened(at: start)
            _ = state.received(.retry(milliseconds: 0))
            guard let delay = state.ended(cut, at: start, jitter: 0).delay else { break }
            waited += delay
            attempts += 1
        }
        #expect(attempts == 5, "0.1 + 0.2 + 0.4 + 0.8 + 1.6 s")
    }

    @Test func `what an answer asks to wait is waited, up to an hour`() {
        let busy = GatewayClientError(code: .serverFailed, message: "503")
        for (asked, expected) in [(30, 30), (100_000, 3600), (0, 1)] {
            var state = state()
            #expect(state.ended(busy, at: later, notBefore: .seconds(asked), jitter: 0).delay == .seconds(expected))
        }
    }

    @Test func `retry is taken and not shown`() {
        var state = state()
        #expect(state.received(.retry(milliseconds: 250))?.kind == nil)
        #expect(state.ended(cut, at: later, jitter: 0).delay == .milliseconds(250))
    }

    @Test func `our own events are told apart`() {
        var state = state()
        #expect(state.received(.event(ServerSentEvent(data: "x")))?.kind == "event")
        #expect(state.received(.event(ServerSentEvent(event: "sluice.gap", data: "{}")))?.kind == "gap")
        #expect(state.received(.event(ServerSentEvent(event: "sluice.rejected", data: "{}")))?.kind == "rejected")
        #expect(state.received(.event(ServerSentEvent(event: "sluice.expiring", data: "{}")))?.kind == "event")
        #expect(state.received(.comment("hi"))?.kind == "comment")
    }

    @Test func `a full gateway is asked again, at growing intervals, with its reason`() {
        var state = state()
        let notice = ServerSentEvent(
            event: "sluice.rejected",
            data: #"{"code":"streams-limit","detail":"50000 streams are open","retryable":true}"#)
        for expected in [1, 2, 4] {
            state.connecting()
            _ = state.received(.comment(""))
            _ = state.received(.event(notice))
            let action = state.ended(cut, at: later, jitter: 0)
            #expect(action.delay == .seconds(expected))
            #expect(action.reason.code == .rejected)
            #expect(action.reason.message.contains("streams-limit"))
            #expect(action.reason.message.contains("50000 streams are open"))
        }
    }

    @Test func `a rejection for good ends it`() {
        var state = state()
        _ = state.received(
            .event(ServerSentEvent(event: "sluice.rejected", data: #"{"code":"token-expired","retryable":false}"#)))
        #expect(state.ended(cut, at: later, jitter: 0).delay == nil)
    }

    @Test(arguments: ["", "not json", "[]", "{}", #"{"retryable":"no"}"#, #"{"code":7}"#])
    func `a rejection that is not understood is no reason to stay away`(_ data: String) {
        var state = state()
        _ = state.received(.event(ServerSentEvent(event: "sluice.rejected", data: data)))
        #expect(state.ended(cut, at: later, jitter: 0).delay == .seconds(1))
    }

    @Test func `a mistake in the settings ends it, the same trouble later does not`() {
        var state = state()
        let untrusted = GatewayClientError(code: .tls, message: "untrusted")
        #expect(state.ended(untrusted, at: later, jitter: 0).delay == nil)
        state.opened(at: start)
        #expect(state.ended(untrusted, at: later, jitter: 0).delay == .seconds(1))
    }

    @Test func `an event that is too large ends it, because it would come again`() {
        var state = state()
        state.opened(at: start)
        #expect(state.ended(GatewayClientError(code: .tooLarge, message: ""), at: later, jitter: 0).delay == nil)
    }

    @Test func `the last event id is kept between connections`() {
        var state = state()
        state.reached(lastEventID: "e-1")
        state.connecting()
        #expect(state.lastEventID == "e-1")
    }
}

@Suite struct ResponseVerdictTests {
    private func kind(_ status: Int, _ contentType: String? = nil) -> String {
        switch ResponseVerdict(status: status, contentType: contentType, problem: nil) {
        case .open: "open"
        case .stop(let error): "stop \(error.code)"
        case .retry(let error, _): "retry \(error.code)"
        }
    }

    @Test func `only 200 with an event stream opens`() {
        #expect(kind(200, "text/event-stream") == "open")
        #expect(kind(200, "Text/Event-Stream ; charset=utf-8") == "open")
        #expect(kind(200, "text/event-streams") == "stop invalidResponse")
        #expect(kind(200, "text/html") == "stop invalidResponse")
        #expect(kind(200) == "stop invalidResponse")
        #expect(kind(206, "text/event-stream") == "stop refused")
    }

    @Test func `204 ends, refusals stop, trouble is tried again`() {
        #expect(kind(204) == "stop ended")
        for status in [301, 307, 400, 401, 403, 404, 418] { #expect(kind(status) == "stop refused") }
        for status in [408, 425, 429, 500, 502, 503, 504, 599] { #expect(kind(status) == "retry serverFailed") }
    }
}

@Suite struct RetryAfterTests {
    @Test(arguments: [
        ("120", 120), (" 7 ", 7), ("0", 0), ("99999999999999999999", 3600), ("-1", 0), ("1.5", 0), ("", 0), ("soon", 0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ])
    func `seconds count, and nothing else does`(_ value: String, _ seconds: Int) {
        #expect(RetryAfter.wait(in: ["Retry-After": value]) == .seconds(seconds))
    }

    /// The three forms of a date (RFC 9110 §5.6.7), against the answer's own.
    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:47 GMT", 10), ("Sunday, 06-Nov-94 08:49:47 GMT", 10), ("Sun Nov  6 08:49:47 1994", 10),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
        ("Mon, 07 Nov 1994 08:49:37 GMT", 3600), ("Sun, 06 Nov 1994 09:00:00 GMT", 623), ("Sun, 06 Nov 1994", 0),
        ("Sun, 06 Nov 1994 25:00:00 GMT", 0), ("Sun, 06 Foo 1994 08:49:47 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:47 CET", 0),
        ("Sun, 06 Nov -1 08:49:47 GMT", 0),
    ])
    func `a date is compared with the server's`(_ value: String, _ seconds: Int) {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(RetryAfter.wait(in: ["Retry-After": value, "Date": date]) == .seconds(seconds))
        #expect(RetryAfter.wait(in: ["Retry-After": value]) == .zero, "whose clock would it be?")
    }

    @Test(arguments: [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0 as Int64), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
        ("Fri, 31 Dec 2038 23:59:59 GMT", 2_177_452_799), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ])
    func `a date is so many seconds`(_ text: String, _ seconds: Int64) {
        #expect(HTTPDate(text)?.seconds == seconds)
    }

    @Test func `an answer that does not ask is not waited for`() {
        #expect(RetryAfter.wait(in: [:]) == .zero)
    }
}

extension EventSourceState.EndAction {
    /// How long to wait; `nil` when it is the end.
    var delay: Duration? {
        guard case .reconnect(let delay, _) = self else { return nil }
        return delay
    }

    var reason: GatewayClientError {
        switch self {
        case .reconnect(_, let reason), .close(let reason): reason
        }
    }
}

extension EventSourceMessage {
    /// The case's name, to compare sequences of messages.
    var kind: String {
        switch self {
        case .opened: "opened"
        case .event: "event"
        case .comment: "comment"
        case .gap: "gap"
        case .delayed: "delayed"
        case .current: "current"
        case .presence: "presence"
        case .rejected: "rejected"
        case .reconnecting: "reconnecting"
        case .closed: "closed"
        }
    }
}
