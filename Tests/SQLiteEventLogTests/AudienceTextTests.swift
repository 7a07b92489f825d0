import EventLog
import Testing

@testable import SQLiteEventLog

/// Audiences as they stand in the file.
@Suite struct AudienceTextTests {
    @Test(arguments: [
        (Audience.everyone, "e"), (.user("alice"), "u:alice"), (.topic("rooms/1"), "t:rooms/1"), (.users([]), "m"),
        (.users(["bob"]), "m3:bob"), (.users(["3:é", ""]), "m4:3:é0:"), (.user(""), "u:"),
        (.user("\u{301}x"), "u:\u{301}x"),
    ])
    func `each has its text`(_ audience: Audience, _ text: String) {
        #expect(AudienceText.text(of: audience) == text)
        #expect(AudienceText.audience(from: text) == audience)
    }

    @Test(arguments: ["", "x", "u", "ee", "m3", "m3:bo", "m-1:", "m3:bobx", "m99999999999999999999:a", "mé:"])
    func `another text is none`(_ text: String) {
        #expect(AudienceText.audience(from: text) == nil)
    }

    @Test func `an event is found under each name, in one spelling`() {
        #expect(AudienceText.keys(of: .users(["a", "Rene\u{301}"])) == ["u:a", "u:Ren\u{E9}"])
        #expect(Array(AudienceText.user("Rene\u{301}").utf8) == Array("u:Ren\u{E9}".utf8))
        #expect(AudienceText.keys(of: Interest(user: "a", topics: ["b"])) == ["e", "u:a", "t:b"])
    }
}
