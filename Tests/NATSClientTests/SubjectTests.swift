import Testing

@testable import NATSClient

@Suite struct SubjectTests {
    @Test(arguments: ["a", "sluice.users.7", "_INBOX.x.y", "$JS.API.INFO", "ü.é", "a-b_c:d"])
    func isASubject(text: String) throws {
        #expect(try Subject(text).description == text)
        #expect(try SubjectFilter(text).description == text)
    }

    @Test(arguments: [
        "", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nPUB b 0", "a\u{0}b", "a\u{7f}",
        String(repeating: "a", count: Subject.longest + 1),
    ])
    func isNone(text: String) {
        expect(.subjectInvalid) { () throws(NATSError) in _ = try Subject(text) }
        expect(.subjectInvalid) { () throws(NATSError) in _ = try SubjectFilter(text) }
    }

    @Test(arguments: ["*", ">", "a.*", "a.*.b", "a.>", "*.*.>"])
    func wildcardsAreForSubscriptions(text: String) throws {
        #expect(try SubjectFilter(text).description == text)
        expect(.subjectInvalid) { () throws(NATSError) in _ = try Subject(text) }
    }

    @Test(arguments: ["a.>.b", ">.a", "a*", "*a.b", "a.b>", "**", "a.>>"])
    func wildcardsAreWholeTokens(text: String) {
        expect(.subjectInvalid) { () throws(NATSError) in _ = try SubjectFilter(text) }
    }

    @Test(arguments: [
        ("a.b", "a.b", true), ("a.b", "a.c", false), ("a.*", "a.b", true), ("a.*", "a", false), ("a.*", "a.b.c", false),
        ("a.>", "a.b", true), ("a.>", "a.b.c", true), ("a.>", "a", false), (">", "a.b", true), ("*.b", "a.b", true),
        ("a", "a.b", false),
    ])
    func matches(filter: String, subject: String, does: Bool) throws {
        #expect(try SubjectFilter(filter).matches(try Subject(subject)) == does)
    }

    /// By bytes: `é` in one code point and in two is two subjects, as it is for the server.
    @Test func equalTextIsNotEnough() throws {
        #expect("\u{e9}" == "e\u{301}")
        #expect(try Subject("\u{e9}") != Subject("e\u{301}"))
    }

    @Test(arguments: ["", "a b", "a\n", String(repeating: "a", count: 1025)])
    func isNoQueueGroup(name: String) {
        expect(.subjectInvalid) { () throws(NATSError) in _ = try QueueGroup(name) }
    }
}

/// Holds something to fail with a code.
func expect(
    _ code: NATSError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(NATSError) -> Void
) {
    do {
        try body()
        Issue.record("it did not fail with \(code)", sourceLocation: sourceLocation)
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}
