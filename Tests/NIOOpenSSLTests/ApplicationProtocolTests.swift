// ALPN (RFC 7301) between our client and our server.

import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct ApplicationProtocolTests {
    private func wire(server: [String], client: [String], version: TLSVersion = .tls12) throws -> Wire {
        try Wire.make(
            server: { $0.applicationProtocols = server },
            client: {
                $0.applicationProtocols = client
                $0.minimumVersion = version
            }
        ).connect()
    }

    @Test func theServersOrderDecides() throws {
        let wire = try wire(server: ["h2", "http/1.1"], client: ["http/1.1", "h2"])
        #expect(wire.client.handler.negotiatedProtocol == "h2")
        #expect(wire.server.handler.negotiatedProtocol == "h2")
        #expect(wire.client.recorder.events == ["handshake h2"])
        #expect(wire.server.recorder.events == ["handshake h2"])
    }

    @Test func aLessWantedOneIsFound() throws {
        let wire = try wire(server: ["h2", "http/1.1"], client: ["spdy/3", "http/1.1"])
        #expect(wire.server.handler.negotiatedProtocol == "http/1.1")
    }

    @Test func aPrefixOfANameIsAnotherName() throws {
        let wire = try wire(server: ["h2"], client: ["h2c", "h"])
        #expect(wire.server.recorder.codes == [.noApplicationProtocol])
    }

    @Test func noneInCommonIsAFatalAlert() throws {
        let wire = try wire(server: ["h2"], client: ["imap"])
        let error = try #require(wire.server.recorder.tlsError)
        #expect(error.code == .noApplicationProtocol)
        #expect(error.alert == "no_application_protocol")
        #expect(error.responsible == .peer)
        #expect(wire.client.recorder.codes == [.alertReceived])
        #expect(wire.client.recorder.tlsError?.alert == "no_application_protocol")
        #expect(!wire.server.channel.isActive)
        #expect(!wire.client.channel.isActive)
    }

    @Test func aClientThatOffersNothingIsServed() throws {
        let wire = try wire(server: ["h2", "http/1.1"], client: [])
        #expect(wire.server.recorder.events == ["handshake -"])
    }

    @Test func aServerWithoutProtocolsIgnoresTheOffer() throws {
        let wire = try wire(server: [], client: ["h2"])
        #expect(wire.client.recorder.events == ["handshake -"])
    }

    @Test(arguments: ["", String(repeating: "x", count: 256)])
    func aNameThatDoesNotFitIsRefusedAtOnce(name: String) {
        #expect {
            try Contexts.make(server: { $0.applicationProtocols = [name] })
        } throws: { ($0 as? TLSError)?.code == .settingRefused }
    }
}
