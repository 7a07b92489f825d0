// Which sockets of a service manager a gateway takes, and what it says of those that are of no use.

import Glibc
import Testing

@testable import GatewayServer

@Suite struct PassedSocketTests {
    private func sockets(
        _ count: String, names: String? = nil, process: pid_t = 7, listening: Set<CInt> = [3, 4, 5]
    ) throws -> PassedSockets {
        var environment = ["LISTEN_FDS": count, "LISTEN_PID": "7"]
        environment["LISTEN_FDNAMES"] = names
        return try PassedSockets(environment: environment, process: process) { listening.contains($0) }
    }

    @Test(arguments: [
        ("2", "public:admin" as String?, 3 as CInt?, 4 as CInt?), ("2", "admin:public", 4, 3), ("1", "public", 3, nil),
        ("1", "admin", nil, 3), ("2", nil, 3, 4), ("1", nil, 3, nil), ("0", nil, nil, nil), ("0", "", nil, nil),
    ])
    func eachIsTakenByItsName(_ count: String, _ names: String?, _ first: CInt?, _ admin: CInt?) throws {
        let sockets = try sockets(count, names: names)
        #expect(sockets[.public] == first && sockets[.admin] == admin)
    }

    @Test func thoseOfAnotherProcessAreNotOurs() throws {
        #expect(try sockets("2", process: 8) == PassedSockets())
        #expect(try PassedSockets(environment: ["LISTEN_FDS": "2"], process: 7) { _ in true } == PassedSockets())
        #expect(try PassedSockets(environment: ["LISTEN_PID": "7"], process: 7) { _ in true } == PassedSockets())
    }

    @Test(arguments: [
        ("x", nil as String?, "LISTEN_FDS is no number"), ("-1", nil, "LISTEN_FDS is no number"),
        ("99999999999999999999", nil, "LISTEN_FDS is no number"), ("", nil, "LISTEN_FDS is no number"),
        ("1", "sluice.socket", "FileDescriptorName=public"), ("3", "public:admin", "FileDescriptorName=public"),
        ("1", "", "FileDescriptorName=public"), ("2", "public:public", "two sockets named public"),
        ("2", "admin:admin", "two sockets named admin"),
    ])
    func whatIsOfNoUseIsSaid(_ count: String, _ names: String?, _ words: String) throws {
        let error = try #require(throws: StartupError.self) { try sockets(count, names: names) }
        #expect(error.message.contains(words), "\(error)")
        #expect(error.isConfiguration, "another start would fail like this one")
    }

    @Test func whatDoesNotListenIsRefused() throws {
        let error = try #require(throws: StartupError.self) { try sockets("2", listening: [3]) }
        #expect(error.message.contains("named admin") && error.message.contains("Accept=no"))
    }
}
