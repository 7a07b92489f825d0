import NIOCore
import NIOHTTP1
import NIOOpenSSL
import Testing

@testable import KeySources

/// The client over real TLS on loopback: what it takes, and what it does not. A machine that is busy with all other
/// tests makes it late, not wrong: no time is measured here, and only what would go on for ever meets the limit.
@Suite(.timeLimit(.minutes(10))) struct SecureFetchTests {
    /// Starts a provider, has a body ask it, and stops it.
    private func with(
        names: String = "IP:127.0.0.1", isExpired: Bool = false, _ script: [String: TestProvider.Reply],
        _ body: (TestProvider, TestCertificate, SecureFetch) async throws -> Void
    ) async throws {
        let certificate = try TestCertificate(names: names, isExpired: isExpired)
        defer { certificate.remove() }
        let provider = try await TestProvider(certificate, script)
        do {
            try await body(provider, certificate, SecureFetch(trust: certificate.trust))
            await provider.close()
        } catch {
            await provider.close()
            throw error
        }
    }

    private func failure(
        _ fetch: SecureFetch, _ url: SecureURL, until deadline: NIODeadline = .distantFuture
    ) async -> FetchError? {
        do throws(FetchError) {
            let document = try await fetch.get(url, until: deadline)
            Issue.record("got \(document.bytes.count) bytes from \(url)")
            return nil
        } catch {
            return error
        }
    }

    @Test func aDocumentComesWithItsFreshness() async throws {
        try await with(["/keys?v=1": .ok(#"{"keys":[]}"#, "Cache-Control: public, max-age=300\r\n")]) {
            (provider, _, fetch) async throws in
            let document = try await fetch.get(provider.url("/keys?v=1"), until: .distantFuture)
            #expect(document == FetchedDocument(bytes: Array(#"{"keys":[]}"#.utf8), maxAge: .seconds(300)))
            let request = try #require(provider.requests.first)
            #expect(request.headers["Host"] == ["127.0.0.1:\(provider.port)"])
            #expect(request.headers["Authorization"].isEmpty && request.headers["Cookie"].isEmpty)
        }
    }

    @Test func redirectsAreFollowedWithinTheHostAndThreeTimes() async throws {
        try await with(["/0": .redirect("/1"), "/1": .redirect("/2", 301), "/2": .redirect("/3", 308), "/3": .ok("x")])
        {
            (provider, _, fetch) async throws in
            #expect(try await fetch.get(provider.url("/0"), until: .distantFuture).bytes == Array("x".utf8))
            provider.says(.redirect("/4"), to: "/3")
            provider.says(.ok("x"), to: "/4")
            #expect(try await failure(fetch, provider.url("/0"))?.code == .redirect)
            provider.says(.redirect("https://127.0.0.1:\(provider.port)/4"), to: "/0")
            #expect(try await fetch.get(provider.url("/0"), until: .distantFuture).bytes == Array("x".utf8))
        }
    }

    @Test(arguments: [
        "https://evil.example/keys", "//evil.example/keys", "https://127.0.0.1/keys", "http://127.0.0.1/keys",
        "file:///etc/passwd", "keys",
    ])
    func aRedirectElsewhereIsNotFollowed(location: String) async throws {
        try await with(["/keys": .redirect(location)]) { (provider, _, fetch) async throws in
            #expect(try await failure(fetch, provider.url("/keys"))?.code == .redirect)
            #expect(provider.requests.count == 1)
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", FetchError.Code.status),
        ("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", .redirect),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", .malformed),
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            .malformed
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", .malformed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", .tooLarge),
    ])
    func whatIsNoDocumentIsSaidToBeSo(response: String, code: FetchError.Code) async throws {
        try await with(["/keys": .text(response)]) { (provider, _, fetch) async throws in
            #expect(try await failure(fetch, provider.url("/keys"))?.code == code)
        }
    }

    @Test func aBodyThatSaysNoLengthIsBoundedToo() async throws {
        let chunk = "100001\r\n\(String(repeating: "x", count: 0x100001))\r\n"
        let response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
        try await with(["/keys": .text(response)]) { (provider, _, fetch) async throws in
            #expect(try await failure(fetch, provider.url("/keys"))?.code == .tooLarge)
        }
    }

    @Test func aDocumentMayHaveOneMebibyte() async throws {
        let body = String(repeating: "x", count: FetchRules.documentBytes)
        try await with(["/keys": .ok(body)]) { (provider, _, fetch) async throws in
            #expect(
                try await fetch.get(provider.url("/keys"), until: .distantFuture).bytes.count == body.utf8.count)
        }
    }

    @Test(arguments: [TestProvider.Reply.silence, .trickle])
    func aProviderThatHangsIsGivenUp(reply: TestProvider.Reply) async throws {
        try await with(["/keys": reply, "/0": .redirect("/keys")]) { (provider, _, fetch) async throws in
            // The time is for all of the fetch: one for each read would let the trickle go on for ever.
            let soon = NIODeadline.now() + .milliseconds(300)
            #expect(try await failure(fetch, provider.url("/0"), until: soon)?.code == .timeout)
        }
    }

    @Test func aProviderThatCutsIsSaidToBeSo() async throws {
        try await with(["/keys": .cut]) { (provider, _, fetch) async throws in
            #expect(try await failure(fetch, provider.url("/keys"))?.code == .network)
            let port = provider.port
            await provider.close()
            let url = try SecureURL("https://127.0.0.1:\(port)/keys")
            #expect(await failure(fetch, url)?.code == .network)
        }
    }

    @Test func aTaskThatIsCancelledWaitsForNobody() async throws {
        try await with(["/keys": .silence]) { (provider, _, fetch) async throws in
            let url = try provider.url("/keys")
            let task = Task { await failure(fetch, url) }
            while provider.requests.isEmpty { await Task.yield() }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
        }
    }

    // MARK: Trust

    @Test func anExpiredCertificateIsRefused() async throws {
        try await with(isExpired: true, ["/keys": .ok("x")]) { (provider, _, fetch) async throws in
            let error = try await failure(fetch, provider.url("/keys"))
            #expect(error?.code == .tls)
            #expect(error?.message.contains("expired") == true, "\(error?.message ?? "")")
            #expect(provider.requests.isEmpty)
        }
    }

    @Test func aCertificateForAnotherNameIsRefused() async throws {
        try await with(names: "DNS:id.example", ["/keys": .ok("x")]) { (provider, _, fetch) async throws in
            #expect(try await failure(fetch, provider.url("/keys"))?.code == .tls)
            #expect(try await failure(fetch, provider.url("/keys", host: "localhost"))?.code == .tls)
            #expect(provider.requests.isEmpty)
        }
    }

    @Test func anAuthorityThatNobodyNamedIsRefused() async throws {
        try await with(["/keys": .ok("x")]) { (provider, _, _) async throws in
            #expect(try await failure(SecureFetch(trust: .system), provider.url("/keys"))?.code == .tls)
        }
    }

    // MARK: Discovery

    @Test func keysAreFoundByTheIssuersDocument() async throws {
        try await with(names: "DNS:localhost,IP:127.0.0.1", ["/keys": .ok(#"{"keys":[]}"#)]) {
            (provider, certificate, _) async throws in
            let issuer = "https://127.0.0.1:\(provider.port)/realms/main"
            let path = "/realms/main/.well-known/openid-configuration"
            let source = KeySource(
                issuer: issuer, place: .discovery(try SecureURL(issuer)), authorities: certificate.certificate)
            // Keys may be on another host than the issuer: the document is trusted to say so.
            let keys = "https://localhost:\(provider.port)/keys"
            provider.says(.ok(#"{"issuer":"\#(issuer)","jwks_uri":"\#(keys)"}"#), to: path)
            #expect(try await source.fetch(until: .distantFuture).bytes == Array(#"{"keys":[]}"#.utf8))
            provider.says(.ok(#"{"issuer":"https://evil.example","jwks_uri":"\#(keys)"}"#), to: path)
            await #expect(throws: FetchError.self) { try await source.fetch(until: .distantFuture) }
            provider.says(.ok("<html>"), to: path)
            await #expect(throws: FetchError.self) { try await source.fetch(until: .distantFuture) }
            #expect(provider.requests.filter { $0.uri == "/keys" }.count == 1)
        }
    }

    @Test func authoritiesThatCanNotBeReadAreSaidToBeSo() async throws {
        let source = KeySource(
            issuer: "a", place: .keys(try SecureURL("https://127.0.0.1:1/")), authorities: "/missing.pem")
        let error = await #expect(throws: FetchError.self) { try await source.fetch(until: .distantFuture) }
        #expect(error?.code == .tls)
    }
}
