// What each request of the table comes to: the rules, written a second time and more simply than the gateway's own.

import Testing

extension CredentialTable {
    private var expected: (status: Int, code: String?) {
        if page == .other || page == .opaque { return (403, "origin-not-allowed") }
        switch (method, path) {
        case ("PUT", _), ("PATCH", _): return (405, "method-not-allowed")
        case ("OPTIONS", _): return (204, nil)
        // Signing in takes more than a cookie.
        case ("POST", "/v1/session"): return hasBearer ? (200, nil) : (401, "token-missing")
        case ("POST", _), ("DELETE", _):
            // A cookie does not say which page has it sent.
            if page == .none, way == .cookie || way == .expired { return (403, "origin-missing") }
        default: break
        }
        // Signing out never fails.
        if method == "DELETE" { return (204, nil) }
        switch way {
        case .nothing: return (401, "token-missing")
        case .expired: return (401, "token-expired")
        case .bearer, .cookie, .both: return (200, nil)
        }
    }

    private var hasBearer: Bool { way == .bearer || way == .both }

    /// Whether it publishes an event.
    var publishes: Bool { (method, path) == ("POST", "/v1/publish") && expected.status == 200 }

    func check(_ answer: ExchangeAnswer, _ tokens: Tokens) {
        let (place, expected) = ("\(place) over \(answer.version)", expected)
        #expect(answer.status == expected.status, "\(place): \(answer.body)")
        #expect(answer.member("code") == (method == "HEAD" ? nil : expected.code), "\(place)")
        #expect(answer.events == (publishes ? 1 : 0), "\(place)")
        #expect(answer.all("vary") == ["Origin"], "\(place): a cache must keep answers apart")
        #expect((answer["www-authenticate"]?.hasPrefix("Bearer ") == true) == (expected.status == 401), "\(place)")
        checkReadable(answer, place)
        checkCookie(answer, place, tokens)
    }

    private func checkReadable(_ answer: ExchangeAnswer, _ place: String) {
        var fields: [String: String] = [:]
        if page == .allowed {
            fields["access-control-allow-origin"] = Self.allowed
            fields["access-control-allow-credentials"] = "true"
            fields["access-control-expose-headers"] = "WWW-Authenticate, Sluice-Stream, X-Request-Id"
        }
        if page == .allowed, method == "OPTIONS" {
            let methods = ["/v1/stream": "GET, HEAD", "/v1/publish": "POST", "/v1/session": "POST, DELETE"]
            fields["access-control-allow-methods"] = methods[path].map { $0 + ", OPTIONS" }
            fields["access-control-allow-headers"] =
                "Authorization, Content-Type, Last-Event-ID, Idempotency-Key, Cache-Control, "
                + "X-Request-Id, Traceparent"
            fields["access-control-max-age"] = "600"
        }
        let seen = answer.fields.filter { $0[0].hasPrefix("access-control-") }
        #expect(Set(seen) == Set(fields.map { [$0.key, $0.value] }) && seen.count == fields.count, "\(place)")
    }

    private func checkCookie(_ answer: ExchangeAnswer, _ place: String, _ tokens: Tokens) {
        let setsCookie = path == "/v1/session" && (answer.status == 200 || method == "DELETE" && answer.status == 204)
        let cookies = answer.all("set-cookie").compactMap { try? SetCookie($0) }
        #expect(cookies.count == (setsCookie ? 2 : 0), "\(place): the one of the other kind, too")
        guard setsCookie, let cookie = cookies.last else { return }
        #expect(cookie.name == "__Host-sluice" && answer["cache-control"] == "no-store", "\(place)")
        if method == "DELETE" {
            #expect(cookies.allSatisfy { $0.maxAge == 0 && $0.value.isEmpty }, "\(place)")
            #expect(Set(cookies.map { $0.flags.contains("Partitioned") }) == [true, false], "\(place)")
        } else {
            #expect(cookie.flags == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"], "\(place)")
            #expect(cookies[0].maxAge == 0 && cookies[0].flags.contains("Partitioned"), "\(place)")
            #expect(answer.member("user") == "alice" && cookie.value.hasSuffix("." + tokens.alice), "\(place)")
            #expect((3540...3600).contains(cookie.maxAge ?? 0), "\(place)")
        }
    }
}
