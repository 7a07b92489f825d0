import SeededRandom
import Testing

@testable import EventLog

/// Which texts are an id of ours. Whatever else a client sends back is told as a gap, and never crashes.
@Suite struct LoggedEventIDTests {
    @Test(arguments: [
        ("a-0", "a", 0), ("k3f9q2ab-1", "k3f9q2ab", 1), ("0-18446744073709551615", "0", UInt64.max),
        ("abcdefghijklmnopqrstuvwxyz012345-7", "abcdefghijklmnopqrstuvwxyz012345", 7),
    ])
    func `reads and writes`(text: String, epoch: String, sequence: UInt64) throws {
        let id = try #require(LoggedEventID(text))
        #expect(id.epoch.text == epoch)
        #expect(id.sequence == sequence)
        #expect(id.description == text)
        #expect(LoggedEventID(epoch: id.epoch, sequence: sequence) == id)
    }

    @Test(arguments: [
        "", "-", "a", "a-", "-1", "a-1-", "a-1-2", "a--1", "a-+1", "a-01", "a-00", "a-1 ", " a-1", "a-1\n", "a\n-1",
        "A-1",
        "ä-1", "a_b-1", "a-x", "a-1.0", "a-0x1", "a-١", "a-18446744073709551616", "a-99999999999999999999999999",
        "a-1\0",
        "abcdefghijklmnopqrstuvwxyz0123456-7", "a-\u{301}1", "a-1\u{301}",
    ])
    func `refuses what it never made`(text: String) {
        #expect(LoggedEventID(text) == nil)
    }

    @Test func `an id has only one text`() throws {
        var random = SeededGenerator(test: "an id has only one text")
        let alphabet = Array("ab019-+ x")
        for _ in 0..<5000 {
            let count = Int.random(in: 0...8, using: &random)
            let text = String((0..<count).compactMap { _ in alphabet.randomElement(using: &random) })
            if let id = LoggedEventID(text) { #expect(id.description == text, "SLUICE_SEED=\(random.seed)") }
        }
    }

    @Test(arguments: ["", "A", "a-b", "a b", "é", "abcdefghijklmnopqrstuvwxyz0123456"])
    func `refuses an epoch`(text: String) {
        #expect(Epoch(text) == nil)
    }

    @Test func `a fresh epoch is a legal one and not the last one`() {
        var random = SeededGenerator(test: "a fresh epoch")
        let epochs = (0..<200).map { _ in Epoch.fresh(using: &random) }
        #expect(Set(epochs).count == epochs.count)
        for epoch in epochs { #expect(Epoch(epoch.text) == epoch) }
    }
}
