// Orders to end streams, as notes between events.

import EventLog
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct DisconnectNoteTests {
    private static let order = Disconnection(
        number: .max, user: "al\"ice", stream: "1-5", node: "00000000000000aa", isRetryable: true, asker: "b")

    @Test func whatIsWrittenIsRead() {
        let all = Disconnection(number: 1, user: "bob", stream: nil, node: nil, isRetryable: false, asker: "")
        let session = Disconnection(number: 2, user: "bob", session: "00ff", isRetryable: false, asker: "")
        for order in [Self.order, all, session] {
            #expect(DisconnectNote.order(in: DisconnectNote.payload(of: order)) == order)
        }
    }

    /// A version that knows no sessions here must not end all of the user's streams.
    @Test func oneThatMeansASessionHasItsUserUnderAnotherName() {
        let order = Disconnection(number: 2, user: "bob", session: "00ff", isRetryable: false, asker: "")
        let text = String(buffer: DisconnectNote.payload(of: order))
        #expect(!text.contains("disconnect") && text.contains(#""sign_out":"bob""#))
        let bare = ByteBuffer(string: #"{"v":1,"sign_out":"bob","number":"2"}"#)
        #expect(DisconnectNote.order(in: bare)?.session == "", "a session that nobody has")
    }

    /// A version that does not know it takes it for a note that says nothing.
    @Test func itIsNoNoteOfTheState() {
        #expect(StateNote(payload: DisconnectNote.payload(of: Self.order)) == nil)
        #expect(DisconnectNote.order(in: StateNote(state: 7).payload) == nil)
    }

    @Test(arguments: [
        "", "{}", #"{"v":2,"disconnect":"a","number":"1"}"#, #"{"v":1,"disconnect":"a"}"#, #"{"v":1,"number":"1"}"#,
        #"{"v":1,"disconnect":1,"number":"1"}"#, #"{"v":1,"disconnect":"a","number":"x"}"#,
    ])
    func whatIsNoneIsPassedOver(text: String) {
        #expect(DisconnectNote.order(in: ByteBuffer(string: text)) == nil)
    }
}
