// Sessions that go on, as notes between events.

import EventLog
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct RenewalNoteTests {
    private static let renewal = SessionRenewal(
        user: "al\"ice\n", session: "00ff", content: Array("{\"a\":\n1}\0\u{7f}".utf8))

    @Test func whatIsWrittenIsRead() {
        let bare = SessionRenewal(user: "", session: "", content: [])
        let largest = SessionRenewal(
            user: "bob", session: "1", content: [UInt8](repeating: 0xff, count: SessionRenewal.contentLimit))
        for renewal in [Self.renewal, bare, largest] {
            #expect(RenewalNote.renewal(in: RenewalNote.payload(of: renewal)) == renewal)
        }
    }

    /// A version that does not know it reads it as these two, and takes it for a note that says nothing.
    @Test func itIsNoOtherNote() {
        let payload = RenewalNote.payload(of: Self.renewal)
        #expect(StateNote(payload: payload) == nil)
        #expect(DisconnectNote.order(in: payload) == nil)
    }

    @Test func otherNotesAreNone() {
        let order = Disconnection(number: 1, user: "bob", session: "00ff", isRetryable: false, asker: "")
        for payload in [StateNote(state: 7).payload, DisconnectNote.payload(of: order)] {
            #expect(RenewalNote.renewal(in: payload) == nil)
        }
    }

    @Test func oneThatSaysMoreThanAGatewayWritesIsPassedOver() {
        let renewal = SessionRenewal(
            user: "bob", session: "1", content: [UInt8](repeating: 0x61, count: SessionRenewal.contentLimit + 1))
        #expect(RenewalNote.renewal(in: RenewalNote.payload(of: renewal)) == nil)
    }

    @Test(arguments: [
        "", "\n", "{}\n", #"{"v":1,"extend":"a","session":"b"}"#, "{\"v\":2,\"extend\":\"a\",\"session\":\"b\"}\n",
        "{\"v\":1,\"extend\":\"a\"}\nc", "{\"v\":1,\"session\":\"b\"}\nc", "{\"v\":1,\"extend\":1,\"session\":\"b\"}\n",
        "{\"v\":1,\"extend\":\"a\",\n\"session\":\"b\"}\n",
    ])
    func whatIsNoneIsPassedOver(text: String) {
        #expect(RenewalNote.renewal(in: ByteBuffer(string: text)) == nil)
    }
}
