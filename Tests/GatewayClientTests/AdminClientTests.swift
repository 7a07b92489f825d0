import NIOCore
import Testing

@testable import GatewayClient

/// What an administrator asks a gateway, and reads of its answers.
@Suite struct AdminClientTests {
    @Test func `a page has its elements as they came, and where the next one begins`() throws {
        let json = #"{"users":[{"user":"a","x":[1]}, {"user":"b"}],"next":"1.2","y":{}}"#
        let page = try #require(AdminPage(json: Array(json.utf8), "users"))
        #expect(page.elements == [#"{"user":"a","x":[1]}"#, #"{"user":"b"}"#] && page.next == "1.2")
        let last = try #require(AdminPage(json: Array(#"{"users":[]}"#.utf8), "users"))
        #expect(last.elements.isEmpty && last.next == nil)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"streams":[]}"#, #"{"users":{}}"#, #"{"users":[]} x"#, #"{"users":[],"next":1}"#,
    ])
    func `what is no such list is none`(text: String) {
        #expect(AdminPage(json: Array(text.utf8), "users") == nil)
    }

    @Test func `what a terminal could act on is not printed`() throws {
        let page = try #require(AdminPage(json: Array("{\"users\":[{\"user\":\"a\u{85}b\"}]}".utf8), "users"))
        #expect(page.elements == [#"{"user":"a b"}"#])
    }

    @Test(arguments: [
        (RevokedTokens.token("t\""), #"{"jti":"t\""}"#), (.user("a", issuedBefore: nil), #"{"sub":"a"}"#),
        (.user("a", issuedBefore: 7), #"{"sub":"a","issuedBefore":7}"#),
        (.everyone(issuedBefore: 7), #"{"everyone":true,"issuedBefore":7}"#),
    ])
    func `tokens are named as the gateway takes them`(tokens: RevokedTokens, json: String) {
        #expect(String(buffer: tokens.json) == json)
    }

    @Test func `names are encoded in paths`() {
        #expect(AdminList.streams(of: "a/é .").path == "/v1/users/a%2F%C3%A9%20./streams")
    }
}
