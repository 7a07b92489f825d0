import NIOCore
import NIOEmbedded
import Testing

@testable import NATSClient

@Suite struct ConnectingTests {
    @Test func itLogsInAndListensForAnswers() throws {
        let server = try ScriptedServer()
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        #expect(try server.sent() == "")
        let login = try server.logIn()
        #expect(login.utf8.starts(with: "CONNECT {".utf8) && login.hasSuffix("}\r\nPING\r\n"))
        #expect(started.isSuccess)
        let sent = try server.sent()
        #expect(sent.wholeMatch(of: /SUB _INBOX\.[0-9A-Za-z]{22}\.\* 1\r\n/) != nil, "\(sent)")
        #expect(server.events == [.connected(try ServerAddress("a"), id: "N", isSecure: false)])
    }

    @Test func allServersAreTriedBeforeTheStartFails() throws {
        let server = try ScriptedServer(servers: ["a", "b", "c"])
        server.refuses = true
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        server.loop.run()
        #expect(Set(server.tried) == ["a", "b", "c"] && server.tried.count == 3)
        #expect(started.code == .network)
        #expect(server.core.phase == .closed)
        server.loop.advanceTime(by: .hours(1))
        #expect(server.tried.count == 3)
    }

    @Test func credentialsThatAreNotLetInEndTheStart() throws {
        let server = try ScriptedServer()
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        try server.say(ScriptedServer.info)
        try server.say("-ERR 'Authorization Violation'\r\n")
        #expect(started.code == .refused)
        #expect(!(try server.channel().isActive))
    }

    @Test func aServerThatIsSilentIsLeft() throws {
        let server = try ScriptedServer()
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        server.loop.advanceTime(by: .milliseconds(4999))
        #expect(started.isOpen)
        server.loop.advanceTime(by: .milliseconds(1))
        #expect(started.code == .timeout)
    }

    @Test func aServerThatSpeaksAnotherProtocolIsLeft() throws {
        let server = try ScriptedServer()
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        try server.say("HTTP/1.1 400 Bad Request\r\n")
        #expect(started.code == .malformed)
    }

    @Test func whatIsLostIsOpenedAgainAtOnceAndThenWithWaits() throws {
        let server = try ScriptedServer()
        _ = try server.start()
        try server.cut()
        #expect(server.tried.count == 2)
        server.refuses = true
        try server.cut()
        #expect(server.tried.count == 2)
        server.loop.advanceTime(by: .milliseconds(150))
        #expect(server.tried.count == 3)
        server.loop.advanceTime(by: .milliseconds(199))
        #expect(server.tried.count == 3)
        server.refuses = false
        server.loop.advanceTime(by: .milliseconds(101))
        #expect(server.tried.count == 4)
        try server.logIn()
        #expect(server.core.phase == .ready)
    }

    /// As a middlebox does, or a server whose clients' logins have expired.
    @Test func aServerThatLetsInAndDropsIsTriedEverMoreSeldom() throws {
        let server = try ScriptedServer { $0.reconnect = ReconnectRules() }
        _ = try server.start()
        for _ in 0..<200 {
            if server.isConnected { try server.cut() }
            server.loop.advanceTime(by: .milliseconds(100))
            if server.isConnected { try server.logIn() }
        }
        // 20 s: 0, 100, 200, 400, … 5000 ms, each with half of itself on top at most.
        #expect((5...12).contains(server.tried.count), "\(server.tried.count)")
    }

    @Test func aServerThatDoesNotAnswerIsLeft() throws {
        let server = try ScriptedServer(servers: ["a", "b"])
        _ = try server.start()
        _ = try server.sent()
        for _ in 0..<2 {
            server.loop.advanceTime(by: .seconds(5))
            #expect(try server.sent() == "PING\r\n")
        }
        server.loop.advanceTime(by: .seconds(5))
        #expect(Set(server.tried) == ["a", "b"])
        guard case .disconnected(_, let error, _)? = server.events.last else { return }
        #expect(error.code == .timeout)
    }

    @Test func theServersQuestionsAreAnswered() throws {
        let server = try ScriptedServer()
        _ = try server.start()
        _ = try server.sent()
        try server.say("PING\r\nPING\r\n")
        #expect(try server.sent() == "PONG\r\nPONG\r\n")
    }

    @Test func serversThatAreToldOfAreTried() throws {
        let server = try ScriptedServer()
        let info = "INFO {\"headers\":true,\"connect_urls\":[\"b:1\",\"c:2\"]}\r\n"
        _ = try server.start(info: info)
        #expect(server.events.last == .discovered(2))
        server.refuses = true
        try server.cut()
        #expect(Set(server.tried) == ["a", "b", "c"])
    }

    @Test func aLameDuckIsToldAndServesOn() throws {
        let server = try ScriptedServer(servers: ["a", "b"])
        _ = try server.start()
        try server.say("INFO {\"headers\":true,\"ldm\":true}\r\n")
        #expect(server.core.phase == .ready)
        let address = try ServerAddress(try #require(server.tried.first))
        #expect(server.events.last == .lameDuck(address))
        try server.cut()
        #expect(Set(server.tried) == ["a", "b"])
    }

    /// So that a file that was renewed is read anew.
    @Test func credentialsAreAskedForEachTime() throws {
        let asked = CountedCalls()
        let server = try ScriptedServer { configuration in
            configuration.credentials = { () throws(NATSError) in .token(Secret("token-\(asked.next())")) }
        }
        let promise = server.loop.makePromise(of: Void.self)
        server.core.start(promise)
        #expect(try server.logIn().contains("\"auth_token\":\"token-1\""))
        try server.cut()
        #expect(try server.logIn().contains("\"auth_token\":\"token-2\""))
    }

    @Test func credentialsThatCanNotBeReadAreAFailedAttempt() throws {
        let server = try ScriptedServer { configuration in
            configuration.credentials = { () throws(NATSError) in throw NATSError(.credentialsInvalid, "broken") }
        }
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        #expect(started.code == .credentialsInvalid)
        #expect(server.tried.isEmpty)
    }

    /// It would fill our memory with answers.
    @Test func aServerThatAsksAndDoesNotReadIsLeft() throws {
        let server = try ScriptedServer()
        _ = try server.start()
        let channel = try server.channel()
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        try server.say(String(repeating: "PING\r\n", count: 64))
        #expect(channel.isActive)
        try server.say("PING\r\n")
        #expect(!channel.isActive)
    }
}
