// The key schedule when OpenSSL's memory runs out: nothing is lost, and the next attempt is like the first. Each test
// has a process of its own, because OpenSSL's memory is the whole process's.

import COpenSSL
import Testing

@testable import OpenSSLKit

@Suite struct KeyMemoryTests {
    private static func answer(by schedule: KeySchedule) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: 32)
        let isDone = KeyQuestion.withParameters("SHA2-256", mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY, count: 32) {
            parameters in
            result.withUnsafeMutableBytes { KeyDerivation(parameters)?.fill($0, by: schedule) }
        }
        return isDone == true ? result : nil
    }

    @Test func `a schedule that could not wipe a hash goes on`() async {
        await #expect(processExitsWith: .success) {
            try #require(RationedMemory.install())
            let schedule = KeySchedule()
            let first = try #require(Self.answer(by: schedule))
            for count in 0..<4 {
                RationedMemory.refusingOne(after: count) { schedule.forget() }
                #expect(Self.answer(by: schedule) == first)
            }
        }
    }

    @Test func `a hash that could not be made leaves nothing`() async {
        await #expect(processExitsWith: .success) {
            try #require(RationedMemory.install())
            // What OpenSSL keeps for good.
            _ = Self.answer(by: KeySchedule())
            let before = RationedMemory.heldCount
            let rounds = 100
            for _ in 0..<rounds {
                for count in 0..<6 {
                    _ = RationedMemory.refusingOne(after: count) { Self.answer(by: KeySchedule()) }
                    ErrorQueue.clear()
                }
            }
            // The queue keeps the room of its last texts.
            #expect(RationedMemory.heldCount - before < rounds)
        }
    }

    /// `SSL_get_error` would take an error of the attempt for the handshake's end.
    @Test func `what OpenSSL could answer instead leaves no error`() async {
        await #expect(processExitsWith: .success) {
            try #require(RationedMemory.install())
            let context = try OpenSSLContext(
                OpenSSLContextSettings(
                    role: .server, minimumVersion: 0x0304, identities: [], applicationProtocols: [], trust: .system,
                    peerVerification: .none, ticketCount: 0))
            try #require(KeyProvider.isInUse)
            let connection = try TLSConnection(context: context, peerName: nil, scratch: RecordScratch())
            let question = try #require(EVP_KDF_CTX_new(EVP_KDF_fetch(nil, "TLS13-KDF", "\(KeyProvider.query)")))
            var first = [UInt8](repeating: 0, count: 32)
            var second = first
            let results = KeyQuestion.withParameters("SHA2-256", mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY, count: 32) {
                parameters in
                var results: [CInt] = []
                _ = KeyProvider.serve(connection) {
                    results.append(EVP_KDF_derive(question, &first, 32, parameters))
                    results.append(
                        RationedMemory.refusingOne(after: 0) { EVP_KDF_derive(question, &second, 32, parameters) })
                    return 1
                }
                return results
            }
            #expect(results == [1, 1] && first == second)
            #expect(ERR_peek_error() == 0)
        }
    }

    @Test func `an attempt that fails leaves the errors before it`() {
        func fail() -> Bool { EVP_MD_fetch(nil, "no such hash", nil) != nil }
        ErrorQueue.clear()
        #expect(!ErrorQueue.attempt { fail() })
        #expect(ErrorQueue.next() == nil)
        _ = fail()
        let earlier = ERR_peek_error()
        #expect(!ErrorQueue.attempt { fail() })
        #expect(ErrorQueue.attempt { true })
        #expect(ErrorQueue.next()?.code == earlier)
        #expect(ErrorQueue.next() == nil)
    }
}
