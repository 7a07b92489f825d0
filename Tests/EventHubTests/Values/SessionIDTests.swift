import EventLog
import SeededRandom
import Testing

@testable import EventHub

/// How a session is named.
@Suite struct SessionIDTests {
    @Test func `what is written is read again`() {
        var random = SeededGenerator(test: #function)
        for _ in 0..<1000 {
            let session = SessionID(using: &random)
            #expect(session.description.utf8.count == 32)
            #expect(SessionID(session.description) == session)
        }
    }

    @Test func `zeros in front are kept`() {
        let text = "000000000000000100000000000000ff"
        #expect(SessionID(text)?.description == text)
    }

    @Test(arguments: [
        "", "0", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeef",
        "00112233445566778899aabbccddeeff0", "+0112233445566778899aabbccddeeff", "0011223344556677-899aabbccddeeff",
        "00112233445566778899aabbccddeegg", "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEi",
        "0011223344556677\u{0660}899aabbccddeef",
    ])
    func `anything else is no name`(text: String) {
        #expect(SessionID(text) == nil)
    }
}
