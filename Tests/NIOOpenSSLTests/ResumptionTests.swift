// Session tickets (RFC 8446 §4.6.1, RFC 5077).

import COpenSSL
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite struct ResumptionTests {
    @Test func aTicketIsUsedOnce() throws {
        let contexts = try Contexts.make()
        let results = try (0..<3).map { _ in
            let wire = try contexts.wire().connect()
            #expect(wire.client.handler.wasResumed == wire.server.handler.wasResumed)
            return wire.client.handler.wasResumed
        }
        #expect(results == [false, true, true])
    }

    @Test func withoutTicketsNothingIsResumed() throws {
        let contexts = try Contexts.make(server: { $0.sessionTickets = 0 })
        _ = try contexts.wire().connect()
        #expect(try !contexts.wire().connect().client.handler.wasResumed)
    }

    @Test func anotherServersTicketIsNotUsed() throws {
        let contexts = try Contexts.make()
        _ = try contexts.wire(serverName: "localhost").connect()
        #expect(try !contexts.wire(serverName: "127.0.0.1").connect().client.handler.wasResumed)
    }

    @Test func aReloadedServerStartsAnew() throws {
        let old = try Contexts.make()
        _ = try old.wire().connect()
        let new = Contexts(client: old.client, server: try Contexts.make().server)
        let wire = try new.wire().connect()
        #expect(wire.client.recorder.isHandshakeComplete)
        #expect(!wire.client.handler.wasResumed)
    }

    @Test func aServerWithTheFormerOnesKeysResumesItsSessions() throws {
        let secret = [UInt8](repeating: 1, count: TLSTicketKeys.minimumSecretBytes)
        // As two processes have them: made anew from the same secret.
        let server = { (server: inout TLSServerConfiguration) in
            server.ticketKeys = try? TLSTicketKeys(secret: secret, lifetime: .hours(2)) { 1_800_000_000 }
        }
        let old = try Contexts.make(server: server)
        #expect(try !old.wire().connect().client.handler.wasResumed)
        let new = Contexts(client: old.client, server: try Contexts.make(server: server).server)
        #expect(try new.wire().connect().client.handler.wasResumed)
    }

    private typealias Demand = TLSServerConfiguration.ClientVerification

    /// Whether a server resumes the session of another that has the same keys, for a client without a certificate; nil
    /// when it refuses the client.
    private static func resumes(_ version: CInt, from first: Demand, to second: Demand) throws -> Bool? {
        let keys = TLSTicketKeys(lifetime: .hours(2))
        var session: OpaquePointer?
        defer { SSL_SESSION_free(session) }
        for demand in [first, second] {
            let server = try End.server { ($0.clientVerification, $0.ticketKeys) = (demand, keys) }
            let client = try RawClient(version: version, resuming: session)
            try? client.connect(to: server)
            guard session == nil else { return server.recorder.isHandshakeComplete ? server.handler.wasResumed : nil }
            session = client.session()
            client.shutDown()
        }
        return nil
    }

    /// Whoever resumes is not asked for a certificate.
    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func aTicketGoesNoFurtherThanWhatWasAskedOfItsClient(version: CInt) throws {
        let trust = TestAuthority.shared.trust
        #expect(try Self.resumes(version, from: .none, to: .required(trust)) == nil)
        #expect(try Self.resumes(version, from: .optional(trust), to: .required(trust)) == nil)
        #expect(try Self.resumes(version, from: .none, to: .optional(trust)) == false)
        #expect(try Self.resumes(version, from: .optional(TestAuthority.foreign.trust), to: .optional(trust)) == false)
        #expect(try Self.resumes(version, from: .optional(.system), to: .optional(trust)) == false)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func aTicketIsGoodWhereTheSameIsAsked(version: CInt) throws {
        let trust = TestAuthority.shared.trust
        let text = try Array(Data(contentsOf: TestAuthority.shared.root))
        #expect(try Self.resumes(version, from: .none, to: .none) == true)
        #expect(try Self.resumes(version, from: .optional(trust), to: .optional(trust)) == true)
        #expect(try Self.resumes(version, from: .optional(trust), to: .optional(.pem(text + text))) == true)
    }

    @Test func aShortSecretForTicketsIsRefused() {
        #expect(throws: TLSError.self) {
            try TLSTicketKeys(secret: Array("tickets".utf8), lifetime: .hours(2)) { 0 }
        }
    }

    /// Whether connections that are opened at these times resume.
    private static func resumptions(at hours: [Int]) throws -> [Bool] {
        let now = NIOLockedValueBox(NIODeadline.uptimeNanoseconds(1))
        let contexts = try Contexts.make(
            server: {
                $0.ticketLifetime = .hours(2)
                $0.now = { now.withLockedValue { $0 } }
            })
        return try hours.map { hour in
            now.withLockedValue { $0 = .uptimeNanoseconds(1) + .hours(Int64(hour)) }
            return try contexts.wire().connect().client.handler.wasResumed
        }
    }

    @Test func keysOfTicketsChangeAndAnOldTicketIsGoodForItsTime() throws {
        #expect(try Self.resumptions(at: [0, 1, 2]) == [false, true, true])
        #expect(try Self.resumptions(at: [0, 2]) == [false, true])
    }

    @Test func aTicketWhoseKeyIsGoneIsNotUsed() throws {
        #expect(try Self.resumptions(at: [0, 3, 4]) == [false, false, true])
    }
}
