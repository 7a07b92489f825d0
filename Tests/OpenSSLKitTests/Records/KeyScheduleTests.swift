// The key schedule's steps beside RFC 8448's trace and beside HMAC. That they make the same keys as OpenSSL's own is
// shown by every handshake of NIOOpenSSL's tests, whose clients have theirs from there.

import Testing

@testable import OpenSSLKit

@Suite struct KeyScheduleTests {
    private func bytes(_ hex: String) -> [UInt8] {
        hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    private func expand(
        _ label: String, context: [UInt8] = [], of secret: [UInt8], _ hash: HashAlgorithm = .sha256, count: Int? = nil
    ) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count ?? hash.byteCount)
        let isDone = result.withUnsafeMutableBytes { target in
            secret.withUnsafeBytes { secret in
                context.withUnsafeBytes { context in
                    Array(label.utf8).withUnsafeBytes {
                        KeySchedule.expand($0, context: context, of: secret, hash, into: target)
                    }
                }
            }
        }
        return isDone ? result : nil
    }

    private func extract(
        _ input: [UInt8]?, after previous: [UInt8]?, _ hash: HashAlgorithm = .sha256
    ) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: hash.byteCount)
        func take(_ input: UnsafeRawBufferPointer?, _ previous: UnsafeRawBufferPointer?) -> Bool {
            result.withUnsafeMutableBytes { target in
                KeySchedule.extract(input, after: previous, UnsafeRawBufferPointer("derived"), hash, into: target)
            }
        }
        let isDone =
            switch (input, previous) {
            case (nil, nil): take(nil, nil)
            case (let input?, nil): input.withUnsafeBytes { take($0, nil) }
            case (nil, let previous?): previous.withUnsafeBytes { take(nil, $0) }
            case (let input?, let previous?):
                input.withUnsafeBytes { input in previous.withUnsafeBytes { take(input, $0) } }
            }
        return isDone ? result : nil
    }

    /// RFC 8448 §3.
    @Test func `the secrets of a handshake are those of RFC 8448`() throws {
        let early = try #require(extract(nil, after: nil))
        #expect(
            early
                == bytes(
                    "33 ad 0a 1c 60 7e c0 3b 09 e6 cd 98 93 68 0c e2 10 ad f3 00 aa 1f 26 60 e1 b2 2e 10 f1 70 f9 2a"))
        let shared = bytes(
            "8b d4 05 4f b5 5b 9d 63 fd fb ac f9 f0 4b 9f 0d 35 e6 d6 3f 53 75 63 ef d4 62 72 90 0f 89 49 2d")
        let handshake = try #require(extract(shared, after: early))
        #expect(
            handshake
                == bytes(
                    "1d c8 26 e9 36 06 aa 6f dc 0a ad c1 2f 74 1b 01 04 6a a6 b9 9f 69 1e d2 21 a9 f0 ca 04 3f be ac"))
        let messages = bytes(
            "86 0c 06 ed c0 78 58 ee 8e 78 f0 e7 42 8c 58 ed d6 b4 3f 2c a3 e6 e9 5f 02 ed 06 3c f0 e1 ca d8")
        #expect(
            expand("c hs traffic", context: messages, of: handshake)
                == bytes(
                    "b3 ed db 12 6e 06 7f 35 a7 80 b3 ab f4 5e 2d 8f 3b 1a 95 07 38 f5 2e 96 00 74 6a 0e 27 a5 5a 21"))
        #expect(
            extract(nil, after: handshake)
                == bytes(
                    "18 df 06 84 3d 13 a0 8b f2 a4 49 84 4c 5f 8a 47 80 01 bc 4d 4c 62 79 84 d5 a4 1d a8 d0 40 29 19"))
    }

    @Test(arguments: HashAlgorithm.allCases) func `a label is expanded by the hash's HMAC`(hash: HashAlgorithm) throws {
        let secret = (0..<hash.byteCount).map { UInt8(truncatingIfNeeded: 7 * $0) }
        let context = [UInt8](repeating: 0xC5, count: hash.byteCount)
        let label = Array("tls13 res master".utf8)
        let info = [0, UInt8(hash.byteCount), UInt8(label.count)] + label + [UInt8(context.count)] + context + [1]
        let code = try HMACKey(secret: secret, hash: hash).authenticationCode(for: info.span)
        #expect(expand("res master", context: context, of: secret, hash) == code)
    }

    @Test func `what one block can't hold is refused`() {
        let secret = [UInt8](repeating: 1, count: 32)
        #expect(expand("key", of: secret, count: 33) == nil)
        #expect(expand(String(repeating: "x", count: 250), of: secret) == nil)
        #expect(expand("key", context: [UInt8](repeating: 0, count: 256), of: secret) == nil)
        #expect(expand("key", of: [UInt8](repeating: 1, count: 65)) == nil)
        #expect(
            expand(
                String(repeating: "x", count: 249), context: [UInt8](repeating: 0, count: 255), of: secret) != nil)
    }
}
