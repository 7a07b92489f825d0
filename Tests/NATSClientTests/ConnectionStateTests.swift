import NIOCore
import Testing

@testable import NATSClient

@Suite struct ConnectionStateTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private var now: NIODeadline { Self.start }

    private func info(tls: Bool = false, offers: Bool = false) -> ServerInfo {
        var info = ServerInfo()
        (info.takesHeaders, info.requiresTLS, info.offersTLS) = (true, tls, offers)
        return info
    }

    private func state(_ url: String = "nats://a", tlsFirst: Bool = false) throws -> ConnectionState {
        var rules = ConnectionRules()
        rules.isTLSFirst = tlsFirst
        return ConnectionState(to: try ServerAddress(url), rules)
    }

    private func readyState() throws -> ConnectionState {
        var state = try state()
        _ = state.opened(at: now)
        _ = state.received(info(), isLast: true)
        state.sentLogin()
        _ = state.receivedPong(at: now)
        return state
    }

    private func complaint(_ text: String) -> ServerComplaint { ServerComplaint(line: Array(text.utf8).span) }

    private func isEnd(_ action: some Any, _ code: NATSError.Code) -> Bool {
        let part = Mirror(reflecting: action).children.first
        return part?.label == "end" && (part?.value as? NATSError)?.code == code
    }

    // MARK: Beginning

    @Test func withoutTLSItLogsInAtOnce() throws {
        var state = try state()
        #expect(state.opened(at: now) == .wait)
        #expect(state.received(info(), isLast: true) == .logIn)
        state.sentLogin()
        #expect(!state.isReady)
        #expect(state.receivedPong(at: now) == .ready)
        #expect(state.isReady && !state.isSecure)
    }

    @Test(arguments: [("nats://a", true, false), ("tls://a", true, false), ("tls://a", false, true)])
    func tlsComesBeforeTheLogin(url: String, requires: Bool, offers: Bool) throws {
        var state = try state(url)
        #expect(state.opened(at: now) == .wait)
        #expect(state.received(info(tls: requires, offers: offers), isLast: true) == .startTLS)
        #expect(state.secured() == .logIn)
        #expect(state.isSecure)
    }

    @Test func whoeverOffersTLSIsNotAskedForIt() throws {
        var state = try state()
        _ = state.opened(at: now)
        #expect(state.received(info(offers: true), isLast: true) == .logIn)
    }

    @Test func itOpensOnce() throws {
        var state = try state(tlsFirst: true)
        #expect(state.opened(at: now) == .startTLS)
        #expect(state.opened(at: now + .seconds(1)) == .wait)
        #expect(state.deadline == now + .seconds(5))
        #expect(state.secured() == .wait)
    }

    @Test func tlsFirstComesBeforeInfo() throws {
        var state = try state(tlsFirst: true)
        #expect(state.opened(at: now) == .startTLS)
        #expect(state.secured() == .wait)
        #expect(state.received(info(tls: true), isLast: true) == .logIn)
    }

    /// Somebody on the way could say so, and would be told the password.
    @Test func aServerThatSaysItDoesNoTLSGetsNoPassword() throws {
        var state = try state("tls://a")
        _ = state.opened(at: now)
        #expect(isEnd(state.received(info(), isLast: true), .tls))
        #expect(state.deadline == nil)
    }

    /// What was written in the clear must not be read as if TLS had brought it.
    @Test func nothingMayComeBetweenInfoAndTLS() throws {
        var state = try state()
        _ = state.opened(at: now)
        #expect(isEnd(state.received(info(tls: true), isLast: false), .malformed))
    }

    @Test func infoMayNotComeDuringTheHandshake() throws {
        var state = try state()
        _ = state.opened(at: now)
        _ = state.received(info(tls: true), isLast: true)
        #expect(isEnd(state.received(info(), isLast: true), .malformed))
    }

    @Test func aServerWithoutHeadersIsTooOld() throws {
        var state = try state()
        _ = state.opened(at: now)
        #expect(isEnd(state.received(ServerInfo(), isLast: true), .unsupported))
    }

    @Test(arguments: [0, 1])
    func whatComesBeforeTheLoginIsRefused(what: Int) throws {
        var state = try state()
        _ = state.opened(at: now)
        if what == 0 {
            #expect(isEnd(state.receivedPing(), .malformed))
        } else {
            #expect(isEnd(state.receivedPong(at: now), .malformed))
        }
    }

    @Test func aMessageBeforeTheLoginIsRefused() throws {
        var state = try state()
        _ = state.opened(at: now)
        _ = state.received(info(), isLast: true)
        state.sentLogin()
        #expect(state.receivedMessage()?.code == .malformed)
        var ready = try readyState()
        #expect(ready.receivedMessage() == nil)
    }

    @Test func theLoginHasADeadline() throws {
        var state = try state()
        _ = state.opened(at: now)
        #expect(state.deadline == now + .seconds(5))
        #expect(state.tick(at: now + .seconds(4)) == .nothing)
        _ = state.received(info(), isLast: true)
        state.sentLogin()
        #expect(state.deadline == now + .seconds(5))
        #expect(isEnd(state.tick(at: now + .seconds(5)), .timeout))
    }

    // MARK: Life

    @Test func aServerIsAskedWhetherItIsThere() throws {
        var state = try readyState()
        #expect(state.tick(at: now + .seconds(4)) == .nothing)
        #expect(state.tick(at: now + .seconds(5)) == .ping)
        #expect(state.receivedPong(at: now + .seconds(5)) == .nothing)
        for step in 2...20 as ClosedRange<Int64> {
            #expect(state.tick(at: now + .seconds(5 * step)) == .ping)
            #expect(state.receivedPong(at: now + .seconds(5 * step)) == .nothing)
        }
    }

    @Test func aServerThatDoesNotAnswerIsGone() throws {
        var state = try readyState()
        #expect(state.tick(at: now + .seconds(5)) == .ping)
        #expect(state.tick(at: now + .seconds(10)) == .ping)
        #expect(isEnd(state.tick(at: now + .seconds(15)), .timeout))
        #expect(state.tick(at: now + .seconds(20)) == .nothing)
    }

    /// After a pause of our own the server gets its time to answer.
    @Test func aLateTickAsksOnce() throws {
        var state = try readyState()
        #expect(state.tick(at: now + .seconds(500)) == .ping)
        #expect(state.tick(at: now + .seconds(501)) == .nothing)
        #expect(state.deadline == now + .seconds(505))
    }

    @Test func answersComeInTheOrderOfTheQuestions() throws {
        var state = try readyState()
        state.sentConfirmation()
        #expect(state.tick(at: now + .seconds(5)) == .ping)
        state.sentConfirmation()
        #expect(state.receivedPong(at: now) == .confirmed)
        #expect(state.receivedPong(at: now) == .nothing)
        #expect(state.receivedPong(at: now) == .confirmed)
        #expect(isEnd(state.receivedPong(at: now), .malformed))
    }

    @Test func theServersQuestionsAreAnswered() throws {
        var state = try readyState()
        #expect(state.receivedPing() == .pong)
        state.closed()
        #expect(isEnd(state.receivedPing(), .malformed))
    }

    @Test func aClusterMayChange() throws {
        var state = try readyState()
        var changed = info()
        (changed.connectURLs, changed.isLameDuck, changed.maxPayload) = (["b:1"], true, 7)
        #expect(state.received(changed, isLast: false) == .update)
        #expect(state.info.connectURLs == ["b:1"] && state.info.isLameDuck && state.info.maxPayload == 7)
        #expect(state.isReady)
    }

    // MARK: Complaints

    @Test(arguments: [
        ("'Permissions Violation for Publish to \"a\"'", NATSError.Code.refused), ("'Invalid Subject'", .serverError),
        ("'maximum subscriptions exceeded'", .serverError), ("'Something New'", .serverError),
    ])
    func someAreReported(text: String, code: NATSError.Code) throws {
        var state = try readyState()
        guard case .report(let error) = state.received(complaint(text)) else {
            Issue.record("it ends")
            return
        }
        #expect(error.code == code)
        #expect(state.isReady)
    }

    @Test(arguments: [
        ("'Stale Connection'", NATSError.Code.serverError), ("'User Authentication Expired'", .refused),
        ("'Maximum Payload Violation'", .serverError), ("'Slow Consumer'", .serverError),
    ])
    func someEndIt(text: String, code: NATSError.Code) throws {
        var state = try readyState()
        #expect(isEnd(state.received(complaint(text)), code))
        #expect(!state.isReady && state.deadline == nil)
    }

    @Test(arguments: ["'Authorization Violation'", "'Something New'"])
    func eachEndsALogin(text: String) throws {
        var state = try state()
        _ = state.opened(at: now)
        _ = state.received(info(), isLast: true)
        state.sentLogin()
        guard case .end = state.received(complaint(text)) else {
            Issue.record("it goes on")
            return
        }
    }
}
