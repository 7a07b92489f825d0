// The key schedule that servers' handshakes have from us instead of from OpenSSL: whether it is in use, and who else
// gets what. The clients are OpenSSL's own, so a handshake succeeds only if both have the same keys.

import CAllocationCounter
import COpenSSL
import Testing

@testable import NIOOpenSSL
@testable import OpenSSLKit

@Suite struct KeyProviderTests {
    private static let suites = [
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    ]

    private func client(_ suite: String, resuming session: OpaquePointer? = nil) throws -> RawClient {
        try RawClient(resuming: session) { SSL_CTX_set_ciphersuites($0, suite) }
    }

    @Test(arguments: suites) func `the records of a full and of a resumed handshake are taken over`(
        suite: String
    ) throws {
        let contexts = try Contexts.make()
        var session: OpaquePointer?
        defer { SSL_SESSION_free(session) }
        for isResumed in [false, true] {
            let server = try contexts.wire().server
            let client = try client(suite, resuming: session)
            try client.connect(to: server)
            #expect(client.wasResumed == isResumed)
            let connection = try #require(server.handler.connection)
            #expect(connection.ssl == nil, "the secrets were not seen")
            server.send("hello")
            client.deliver(server.takeBytes())
            #expect(client.read() == "hello")
            client.write("hello to you")
            server.deliver(client.takeBytes())
            #expect(server.recorder.text == "hello to you")
            // Without close_notify OpenSSL would give up the session, too.
            client.shutDown()
            SSL_SESSION_free(session)
            session = client.session()
        }
    }

    // MARK: Everybody else

    /// TLS13-KDF of whichever provider the query finds.
    private func derive(
        _ query: String, _ digest: StaticString, mode: Int32, count: Int, more: OSSL_PARAM? = nil
    ) throws -> [UInt8] {
        let function = try #require(EVP_KDF_fetch(nil, "TLS13-KDF", query))
        defer { EVP_KDF_free(function) }
        let context = try #require(EVP_KDF_CTX_new(function))
        defer { EVP_KDF_CTX_free(context) }
        var result = [UInt8](repeating: 0, count: count)
        let isDone = KeyQuestion.withParameters(digest, mode: mode, count: count, more: more) {
            EVP_KDF_derive(context, &result, count, $0)
        }
        #expect(isDone == 1)
        return result
    }

    private static let modes = [EVP_KDF_HKDF_MODE_EXTRACT_ONLY, EVP_KDF_HKDF_MODE_EXPAND_ONLY]

    @Test(arguments: modes, [32, 48, 64]) func `outside of a handshake OpenSSL answers`(
        mode: Int32, count: Int
    ) throws {
        try #require(KeyProvider.isInUse)
        let digest: StaticString = count == 32 ? "SHA2-256" : count == 48 ? "SHA2-384" : "SHA2-512"
        let expected = try derive("provider=default", digest, mode: mode, count: count)
        #expect(try derive("provider=sluice", digest, mode: mode, count: count) == expected)
    }

    @Test(arguments: modes, [32, 48]) func `what is asked in a handshake is what OpenSSL would make`(
        mode: Int32, count: Int
    ) throws {
        let digest: StaticString = count == 32 ? "SHA2-256" : "SHA2-384"
        var result = [UInt8](repeating: 0, count: count)
        let isDone = KeyQuestion.withParameters(digest, mode: mode, count: count) { parameters in
            result.withUnsafeMutableBytes { KeyDerivation(parameters)?.fill($0) }
        }
        #expect(isDone == true)
        #expect(try result == derive("provider=default", digest, mode: mode, count: count))
    }

    /// A later libssl might give the digest to a context once for many answers. Then its handshakes have to fail
    /// here and not in the field.
    @Test func `a context says that it takes no parameters`() throws {
        try #require(KeyProvider.isInUse)
        let function = try #require(EVP_KDF_fetch(nil, "TLS13-KDF", "provider=sluice"))
        defer { EVP_KDF_free(function) }
        let context = try #require(EVP_KDF_CTX_new(function))
        defer { EVP_KDF_CTX_free(context) }
        var none = OSSL_PARAM_construct_end()
        #expect(EVP_KDF_CTX_set_params(context, &none) == 1)
        KeyQuestion.withParameters("SHA2-256", mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY, count: 32) {
            #expect(EVP_KDF_CTX_set_params(context, $0) == 0)
        }
    }

    /// The gate: a handshake asks twenty times. A debug build boxes what it passes about.
    @Test func `an answer needs no memory`() {
        var result = [UInt8](repeating: 0, count: 32)
        KeyQuestion.withParameters("SHA2-256", mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY, count: 32) { parameters in
            result.withUnsafeMutableBytes { target in
                func answer() { _ = KeyDerivation(parameters)?.fill(target) }
                for _ in 0..<10 { answer() }
                let before = allocation_count()
                for _ in 0..<100 { answer() }
                let count = Double(allocation_count() - before) / 100
                #if DEBUG
                    #expect(count < 5)
                #else
                    #expect(count < 0.1)
                #endif
            }
        }
    }

    @Test func `what is not known is left to OpenSSL`() {
        var number: Int32 = 1
        withUnsafeMutablePointer(to: &number) { number in
            let more = OSSL_PARAM_construct_int(KeyQuestion.name("seed"), number)
            KeyQuestion.withParameters("SHA2-256", mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY, count: 32, more: more) {
                #expect(KeyDerivation($0) == nil)
            }
        }
        KeyQuestion.withParameters("SHA2-256", mode: EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, count: 32) {
            #expect(KeyDerivation($0) == nil)
        }
        KeyQuestion.withParameters("SM3", mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY, count: 32) {
            #expect(KeyDerivation($0) == nil)
        }
    }
}
