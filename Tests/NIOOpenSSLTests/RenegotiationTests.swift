// TLS 1.2's renegotiation is refused each time (RFC 5246 §7.2.2, no_renegotiation), and asked for within a budget.

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct RenegotiationTests {
    /// A client that begins a handshake anew as often as it likes: OpenSSL's own gives up when it is refused once. So
    /// its records are made here, with the keys of its connection.
    private final class Renegotiator {
        let server: End
        private let client: RawClient
        private let key: [UInt8]
        private let salt: [UInt8]
        /// The handshake's Finished was the first record under this key.
        private var sequence: UInt64 = 1

        init() throws {
            client = try RawClient(version: TLS1_2_VERSION) { context in
                SSL_CTX_set_cipher_list(context, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
            }
            server = try End.server()
            try client.connect(to: server)
            let block = try Self.keyBlock(of: client.ssl)
            (key, salt) = (Array(block[0..<16]), Array(block[32..<36]))
        }

        /// Both keys, and both salts (RFC 5246 §6.3, RFC 5288 §3).
        private static func keyBlock(of ssl: OpaquePointer) throws -> [UInt8] {
            var (secret, ours, theirs) = (
                [UInt8](repeating: 0, count: 48), [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 32)
            )
            let session = try #require(SSL_get_session(ssl))
            try #require(SSL_SESSION_get_master_key(session, &secret, 48) == 48)
            SSL_get_client_random(ssl, &ours, 32)
            SSL_get_server_random(ssl, &theirs, 32)
            let seed = Array("key expansion".utf8) + theirs + ours
            var (block, a): ([UInt8], [UInt8]) = ([], seed)
            while block.count < 40 {
                a = try mac(secret, a)
                block += try mac(secret, a + seed)
            }
            return block
        }

        private static func mac(_ key: [UInt8], _ data: [UInt8]) throws -> [UInt8] {
            var (code, count) = ([UInt8](repeating: 0, count: 32), 0)
            try #require(
                EVP_Q_mac(nil, "HMAC", nil, "SHA256", nil, key, key.count, data, data.count, &code, 32, &count) != nil)
            return code
        }

        /// A record of TLS 1.2 under AES-GCM (RFC 5288 §3).
        func record(_ type: UInt8, _ text: [UInt8]) -> [UInt8] {
            let number = withUnsafeBytes(of: sequence.bigEndian) { Array($0) }
            sequence += 1
            let context = EVP_CIPHER_CTX_new()
            defer { EVP_CIPHER_CTX_free(context) }
            var (sealed, tag, count) = (
                [UInt8](repeating: 0, count: text.count), [UInt8](repeating: 0, count: 16), CInt(0)
            )
            let about = number + [type, 3, 3, 0, UInt8(text.count)]
            EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nil, key, salt + number)
            EVP_EncryptUpdate(context, nil, &count, about, CInt(about.count))
            EVP_EncryptUpdate(context, &sealed, &count, text, CInt(text.count))
            EVP_EncryptFinal_ex(context, &tag, &count)
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag)
            return [type, 3, 3, 0, UInt8(8 + text.count + 16)] + number + sealed + tag
        }

        /// A ClientHello, of which the server looks at no more than that it is one.
        func hello() -> [UInt8] { record(22, [1, 0, 0, 0]) }
    }

    @Test func oneIsRefusedAndTheConnectionGoesOn() throws {
        let client = try Renegotiator()
        client.server.deliver(client.hello())
        #expect(client.server.takeBytes().first == 21, "an alert")
        client.server.deliver(client.record(23, Array("data".utf8)))
        #expect(client.server.recorder.received == Array("data".utf8))
        #expect(client.server.channel.isActive && client.server.recorder.errors.isEmpty)
    }

    @Test func anHonestPaceEndsNothing() throws {
        let client = try Renegotiator()
        for _ in 1...1_000 {
            client.server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(200))
            client.server.deliver(client.hello())
            _ = client.server.takeBytes()
        }
        #expect(client.server.channel.isActive && client.server.recorder.errors.isEmpty)
    }

    @Test(arguments: [0, 1]) func aFloodIsEnded(dataBytes: Int) throws {
        let client = try Renegotiator()
        var (sent, answered) = (0, 0)
        while client.server.channel.isActive, sent < 10_000 {
            client.server.deliver(client.hello() + (dataBytes == 0 ? [] : client.record(23, [0x78])))
            answered += client.server.takeBytes().count
            sent += 1
        }
        #expect(sent <= 65)
        #expect(client.server.recorder.codes == [.recordInvalid])
        // An alert of 31 bytes for each, and the last word.
        #expect(answered <= 66 * 31)
    }
}
