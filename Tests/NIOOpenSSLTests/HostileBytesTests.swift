// What arrives at a TLS port and is no TLS, or TLS that we do not speak.

import Foundation
import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct HostileBytesTests {
    private func server() throws -> End {
        let server = try End(
            OpenSSLHandler(serverContext: Contexts.make().server), loop: EmbeddedEventLoop())
        try server.connect()
        return server
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "POST /v1/publish HTTP/1.1\r\n", "CONNECT a:1"])
    func plaintextHTTPIsToldApart(request: String) throws {
        let server = try server()
        server.deliver(Array(request.utf8))
        let error = try #require(server.recorder.tlsError)
        #expect(error.code == .plaintextHTTP)
        #expect(error.responsible == .peer)
        #expect(error.message.contains("http"))
        #expect(!server.channel.isActive)
    }

    @Test func garbageIsNotTLS() throws {
        let server = try server()
        server.deliver(Array("SSH-2.0-OpenSSH_9.6\r\n".utf8))
        #expect(server.recorder.tlsError?.code == .notTLS)
        #expect(server.recorder.tlsError?.responsible == .peer)
    }

    @Test func sslIsRefused() throws {
        let server = try server()
        server.deliver(ClientHello.bytes(minorVersion: 0))
        #expect(server.recorder.codes == [.versionRefused])
    }

    // TLS 1.0 and 1.1 (RFC 8996).
    @Test(arguments: [UInt8(0x01), 0x02])
    func oldVersionsAreRefused(minor: UInt8) throws {
        let server = try server()
        server.deliver(ClientHello.bytes(minorVersion: minor))
        let error = try #require(server.recorder.tlsError)
        #expect(error.code == .versionRefused)
        #expect(error.responsible == .peer)
        #expect(error.alert == "protocol_version")
        // A fatal alert (21), protocol_version (70).
        let alert = server.takeBytes()
        #expect(alert.first == 21)
        #expect(alert.suffix(2) == [2, 70])
    }

    @Test func aVersionBelowTheConfiguredOneIsRefused() throws {
        let server = try End(
            OpenSSLHandler(serverContext: Contexts.make(server: { $0.minimumVersion = .tls13 }).server),
            loop: EmbeddedEventLoop())
        try server.connect()
        server.deliver(ClientHello.bytes(minorVersion: 3))
        #expect(server.recorder.tlsError?.code == .versionRefused)
    }

    @Test func noCommonCipherIsTold() throws {
        let server = try server()
        server.deliver(ClientHello.bytes(minorVersion: 3, suites: [0x00, 0x2F]))
        #expect(server.recorder.tlsError?.code == .nothingShared)
        #expect(server.recorder.tlsError?.alert == "handshake_failure")
    }

    @Test func aChangedRecordIsRefused() throws {
        let wire = try Wire.open()
        wire.client.send("hello")
        var bytes = wire.client.takeBytes()
        bytes[bytes.count - 1] ^= 1
        wire.server.deliver(bytes)
        #expect(wire.server.recorder.tlsError?.code == .recordInvalid)
        #expect(wire.server.recorder.tlsError?.alert == "bad_record_mac")
        #expect(wire.server.recorder.received.isEmpty)
        wire.run()
        #expect(wire.client.recorder.tlsError?.alert == "bad_record_mac")
    }

    @Test func aRepeatedRecordIsRefused() throws {
        let wire = try Wire.open()
        wire.client.send("pay 5")
        let bytes = wire.client.takeBytes()
        wire.server.deliver(bytes + bytes)
        #expect(wire.server.recorder.text == "pay 5")
        #expect(wire.server.recorder.codes == [.recordInvalid])
    }
}

/// A hand-made ClientHello (RFC 5246 §7.4.1.2), for versions and suites that no library would offer any more.
enum ClientHello {
    static func bytes(minorVersion: UInt8, suites: [UInt8] = [0xC0, 0x2B, 0xC0, 0x2F]) -> [UInt8] {
        var body: [UInt8] = [3, minorVersion] + [UInt8](repeating: 7, count: 32) + [0]
        body += [0, UInt8(suites.count)] + suites + [1, 0]
        let message = [1, 0, 0, UInt8(body.count)] + body
        return [22, 3, 1, 0, UInt8(message.count)] + message
    }
}
