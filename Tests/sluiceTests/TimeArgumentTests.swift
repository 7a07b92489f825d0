import Testing

@testable import sluice

/// Points in time on a command line.
@Suite struct TimeArgumentTests {
    @Test(
        arguments: [
            ("0", 0), ("1790000000", 1_790_000_000), ("2026-09-21T14:13:20Z", 1_790_000_000),
            ("2026-09-21T16:13:20+02:00", 1_790_000_000),
        ] as [(String, Int64)])
    func `seconds and dates are understood`(text: String, seconds: Int64) throws {
        #expect(try TimeArgument.parse(text).seconds == seconds)
    }

    @Test(arguments: ["", " ", "-1", "+1", "1.5", "tomorrow", "2026-09-21", "99999999999999999999", "１"])
    func `anything else is refused`(text: String) {
        #expect(throws: (any Error).self) { try TimeArgument.parse(text) }
    }
}
