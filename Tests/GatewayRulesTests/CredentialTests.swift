import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Where a token is looked for, and in which order.
@Suite struct CredentialTests {
    /// What is shown, and the way it came.
    private struct Shown {
        enum Source { case authorization, cookie, query }
        let source: Source
        let token: Substring
        var session: SessionID?

        init(_ credential: Credential) throws {
            switch credential {
            case .authorization(let token): (source, self.token) = (.authorization, token)
            case .query(let token): (source, self.token) = (.query, token)
            case .cookies(let cookies):
                let first = try #require(cookies.counted.first)
                (source, token, session) = (.cookie, first.token, first.session)
            }
        }
    }

    private static func credential(
        _ fields: HTTPFields, path: String = "/v1/stream", allowsQuery: Bool = false
    ) throws -> Shown {
        let request = GatewayBench.request(.get, path, fields)
        return try Shown(Credential(request, target: try RequestTarget(path), allowsQuery: allowsQuery))
    }

    private static func code(
        _ fields: HTTPFields, path: String = "/v1/stream", allowsQuery: Bool = false
    ) throws -> String {
        do {
            _ = try credential(fields, path: path, allowsQuery: allowsQuery)
        } catch let problem as Problem {
            return problem.code
        }
        throw NoResponse(text: "taken")
    }

    private static func fields(_ name: HTTPField.Name, _ values: String...) -> HTTPFields {
        var fields = HTTPFields()
        for value in values { fields.append(HTTPField(name: name, value: value)) }
        return fields
    }

    @Test(arguments: ["Bearer abc", "bearer abc", "BEARER abc", "Bearer   abc"])
    func `a bearer token, the scheme in any case`(value: String) throws {
        let credential = try Self.credential(Self.fields(.authorization, value))
        #expect(credential.source == .authorization)
        #expect(credential.token.trimmingPrefix { $0 == " " } == "abc")
    }

    @Test(arguments: ["abc", "Bearer", "Bearer ", "Basic YTpi", "BearerX abc", ""])
    func `another Authorization is refused, and no other credential looked for`(value: String) throws {
        var fields = Self.fields(.authorization, value)
        fields.append(HTTPField(name: .cookie, value: "__Host-sluice=good"))
        #expect(try Self.code(fields) == "token-malformed")
    }

    @Test func `two Authorization fields are refused`() throws {
        #expect(try Self.code(Self.fields(.authorization, "Bearer a", "Bearer b")) == "token-malformed")
    }

    @Test(arguments: [
        "__Host-sluice=abc", "a=b; __Host-sluice=abc", "a=b;__Host-sluice=abc; c=d",
        "__Host-sluice=abc; __Host-sluice=xyz",
        "a; =; __Host-sluice=abc;", "a=b;\u{9} __Host-sluice=abc", "a=b\u{301};\t__Host-sluice=abc\t",
        "x=1\u{37E}__Host-sluice=evil; __Host-sluice=abc",
    ])
    func `the cookie of our name, the first`(value: String) throws {
        let credential = try Self.credential(Self.fields(.cookie, value))
        #expect(credential.source == .cookie)
        #expect(credential.token == "abc")
    }

    @Test func `the cookie in a field of its own`() throws {
        #expect(try Self.credential(Self.fields(.cookie, "a=b", "__Host-sluice=abc")).token == "abc")
    }

    @Test(arguments: [
        "sluice=abc", "__Host-sluicex=abc", "x__Host-sluice=abc", "__host-sluice=abc", "__Host-sluice",
        "__Host-sluice=",
        "a=\"; __Host-sluice\"", "",
        // Bytes: these are one cookie of another name, and one without a name (RFC 6265bis §5.6).
        "x=1\u{37E}__Host-sluice=abc", "x=1\u{37E} __Host-sluice=abc", "=__Host-sluice=abc", "\u{a0}__Host-sluice=abc",
        "__Host-sluice\u{301}=abc",
    ])
    func `another cookie is none`(value: String) throws {
        #expect(try Self.code(Self.fields(.cookie, value)) == "token-missing")
    }

    @Test func `our own cookie names the session in front of the token`() throws {
        let name = String(repeating: "7", count: 32)
        let credential = try Self.credential(Self.fields(.cookie, "__Host-sluice=\(name).a.b.c"))
        #expect(credential.token == "a.b.c")
        #expect(credential.session?.description == name)
        #expect(try Self.credential(Self.fields(.cookie, "__Host-sluice=a.b.c")).session == nil)
        let header: HTTPFields = [.cookie: "__Host-sluice=\(name).a.b.c", .authorization: "Bearer x"]
        #expect(try Self.credential(header).session == nil, "Authorization wins, and is of no session")
    }

    @Test func `the query only where the operator allows it, and last`() throws {
        let path = "/v1/stream?access_token=q%2Ex"
        #expect(try Self.code([:], path: path) == "token-missing")
        let query = try Self.credential([:], path: path, allowsQuery: true)
        #expect(query.source == .query)
        #expect(query.token == "q.x")
        #expect(try Self.credential([.cookie: "__Host-sluice=c"], path: path, allowsQuery: true).source == .cookie)
        let all: HTTPFields = [.cookie: "__Host-sluice=c", .authorization: "Bearer a"]
        #expect(try Self.credential(all, path: path, allowsQuery: true).token == "a")
    }

    @Test func `the gateway goes by its settings`() throws {
        var settings = GatewayBench.settings
        settings.allowsQueryToken = true
        let (open, closed) = (try GatewayBench(settings), try GatewayBench())
        let path = "/v1/stream?access_token=\(try open.token("alice"))"
        #expect(try open.stream(GatewayBench.request(.get, path)).interest.user == "alice")
        #expect(try closed.answer(GatewayBench.request(.get, path)).code == "token-missing")
    }

    // MARK: Targets

    @Test(arguments: ["", "*", "v1/stream", "https://a/v1/stream", "/a b", "/a#b", "/é", "/a\u{1}"])
    func `a target that is no path`(target: String) throws {
        #expect(throws: Problem.self) { try RequestTarget(target) }
    }

    @Test func `no target at all`() throws {
        #expect(throws: Problem.self) { try RequestTarget(nil) }
    }

    @Test func `a target's parts`() throws {
        let target = try RequestTarget("/a/b?x=1&y=&x=%32+3&z&=v&x")
        #expect(target.path == "/a/b")
        #expect(target["x"] == ["1", "2 3", ""])
        #expect(target["y"] == [""])
        #expect(target["z"] == [""])
        #expect(target[""] == ["v"])
        #expect(target["none"] == [])
        #expect(try RequestTarget("/a?b=c") == RequestTarget("/a?b=%63"))
        #expect(try RequestTarget("/a?b=c") != RequestTarget("/a?b=d"))
    }
}
