// What a message repeats of a value that somebody configured, and what it keeps back.

import NIOCore
import Testing

@testable import PlainWords

@Suite struct QuotedValueTests {
    static let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
    static let secrets: [(String, SecretLook)] = [
        (#"{"keys":[{"kty":"oct","kid":"dev","k":"\#(key)"}]}"#, .json),
        (#"  [{"k":"x"}]"#, .json), (#""k":"\#(key)","#, .json), (#""kty":"oct""#, .json),
        ("-----BEGIN PRIVATE KEY-----", .pem), ("MIIB PRIVATE KEY", .pem),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", .token), ("Bearer eyJhbGciOiJub25lIn0.e30.", .token),
        ("https://alice:hunter2@gate.example", .credentials),
        ("one\ntwo", .lines), ("one\rtwo\r", .lines),
        (key, .key), ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", .key),
        ("550e8400-e29b-41d4-a716-446655440000", .key), ("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", .key),
        ("sk/Zx81+qQ0pLm92/Tt4Rr7Yy==", .key), ("/etc/sluice/\(key)/keys.json", .key),
    ]

    @Test(arguments: secrets)
    func `a secret is kept back, and what it looks like is said`(_ text: String, _ look: SecretLook) {
        let shown = QuotedValue(text)
        #expect(SecretLook(text) == look)
        #expect(shown.isWithheld)
        #expect(shown.description == "a value that looks like \(look.rawValue) (\(text.utf8.count) bytes, not shown)")
        #expect(QuotedValue.name(text) == shown.description)
    }

    @Test(arguments: [
        "", "eight", "8443", "0.0.0.0", "::1", "keys.json", "/etc/sluice/keys.json", "certs/dev/server.pem", "64KiB",
        "15s",
        "https://app.example.com:8443", "*", "catch-up", "Sluice-Server-Certificate-2026.pem",
        "/var/lib/kubelet/pods/secrets/kubernetes.io~secret/tls.key",
        "/var/lib/kubelet/pods/550e8400-e29b-41d4-a716-446655440000/volumes/tls.key",
        "..2026_11_27_02_30_39.1234567890/keys.json",
        "https://issuer.example/realms/production", String(repeating: "9", count: 5000),
        "one line with its end\n",
    ])
    func `what is no secret is shown`(_ text: String) {
        #expect(SecretLook(text) == nil)
        #expect(!QuotedValue(text).isWithheld)
    }

    @Test func `a secret setting's value is kept back whatever it looks like, unless it could be a path`() {
        #expect(QuotedValue("hunter2", isSecret: true).description == "a value (7 bytes, not shown)")
        #expect(QuotedValue.name("hunter2", isSecret: true) == "a value (7 bytes, not shown)")
        #expect(QuotedValue.name("keys.json", isSecret: true) == "keys.json")
        #expect(QuotedValue.name("/run/secrets/keys", isSecret: true) == "/run/secrets/keys")
    }

    @Test func `nothing that is shown steers a terminal or hides`() {
        #expect(QuotedValue("a\u{1B}[31mb\u{7}").description == #""a\u{1B}[31mb\u{7}""#)
        #expect(QuotedValue("a\tb\u{202E}c\u{200B}").description == #""a\tb\u{202E}c\u{200B}""#)
        #expect(QuotedValue("\u{9B}1m").description == #""\u{9B}1m""#)
        #expect(QuotedValue("Ä ö €").description == "\"Ä ö €\"")
    }

    @Test func `nothing that is shown is long`() {
        #expect(QuotedValue(String(repeating: "9", count: 5000)).description.count == 83)
        #expect(QuotedValue.name(String(repeating: "a", count: 5000)).count == 256)
    }

    @Test func `another room's message is shown without the path that is none`() {
        let message = "\(Self.key) can't be read; is \(Self.key) there?"
        let shown = QuotedValue.hiding(Self.key, in: message)
        #expect(!shown.contains(Self.key))
        #expect(shown.hasSuffix("not shown) there?"))
        #expect(QuotedValue.hiding("keys.json", in: "keys.json is missing") == "keys.json is missing")
        #expect(QuotedValue.hiding("", in: "nothing") == "nothing")
    }

    @Test func `random keys of any kind are kept back`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        for _ in 1...500 {
            let key = String((0..<43).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] })
            #expect(QuotedValue(key).isWithheld, "a key of 32 random bytes is shown")
        }
    }
}

@Suite struct PlainErrorTests {
    @Test(arguments: [CInt(13), 24, 98, 99, 104, 110, 111, 113, 5])
    func `the system's errors have words, and neither numbers nor function names`(_ number: CInt) {
        let error = IOError(errnoCode: number, reason: "bind(descriptor:ptr:bytes:)")
        for text in [PlainError.text(error), PlainError.listening(error)] {
            #expect(!text.contains("errno") && !text.contains("(descriptor") && !text.contains("IOError"), "\(text)")
        }
        #expect(PlainError.listening(error).contains(";"), "and the remedy")
    }

    @Test func `only an address in use is in use`() {
        #expect(PlainError.isInUse(IOError(errnoCode: 98, reason: "bind")))
        #expect(!PlainError.isInUse(IOError(errnoCode: 13, reason: "bind")))
        #expect(!PlainError.isInUse(ChannelError.eof))
    }

    @Test func `channels' errors are told as what happened to the connection`() {
        #expect(PlainError.text(ChannelError.ioOnClosedChannel) == "the connection was closed meanwhile")
        #expect(PlainError.text(ChannelError.connectTimeout(.seconds(3))) == "the other side did not answer in time")
    }
}
