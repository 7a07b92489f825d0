// What `sluice explain` makes of a gateway's answer.

import Testing

@testable import sluice

@Suite struct ExplainedEventTests {
    private static func answer(_ more: String = "") -> String {
        #"{"event":"abc-7","user":"alice","place":"held","remembered":true\#(more),"streams":[]}"#
    }

    /// One program of a release asks gateways of the release before, as long as they are replaced one by one.
    @Test func anAnswerThatKnowsNothingOfSilentLoopsIsRead() throws {
        #expect(
            try ExplainedEvent(Self.answer()).words
                == "abc-7: held\nalice has no stream here, and none that is remembered\n")
    }

    @Test func aSilentLoopIsToldInsteadOfNoStream() throws {
        let words = try ExplainedEvent(Self.answer(#","silentLoops":[1]"#)).words
        #expect(words.contains("event loop 1 has streams of alice") && !words.contains("no stream here"))
    }

    @Test func anAnswerOfAnotherKindIsRefused() {
        #expect(throws: CommandFailure.self) { try ExplainedEvent(#"{"event":"abc-7"}"#) }
    }
}
