import ArgumentParser
import Testing

@testable import sluice

@Suite struct DurationArgumentTests {
    @Test(arguments: [
        ("1s", 1), ("30s", 30), ("5m", 300), ("1h", 3600), ("2d", 172_800), ("007s", 7), ("3650d", 315_360_000),
    ])
    func `a whole number and a unit`(_ text: String, _ seconds: Int64) throws {
        let argument = try #require(DurationArgument(argument: text))
        #expect(argument.seconds == seconds)
        #expect(argument.duration == .seconds(seconds))
        #expect(DurationArgument(argument: argument.description) == argument)
    }

    @Test(arguments: [
        "", "s", "30", "0s", "-1s", "+1s", "1.5h", "1w", "1 h", " 1h", "1h ", "1H", "1ms", "1h30m", "٣s", "3651d",
        "99999999999999999999s", "9223372036854775807d",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test(arguments: [
        ("3", "3s for seconds, 3m for minutes"), ("soon", "30s, 5m, 1h or 2d"), ("", "30s, 5m, 1h or 2d"),
        ("99999999999999999999", "30s, 5m, 1h or 2d"),
    ])
    func `what is refused is told how it is written`(_ text: String, _ example: String) {
        let error = #expect(throws: ValidationError.self) { try DurationArgument.parse(text) }
        #expect(error.map { "\($0)" } == "write a time with its unit, as \(example)")
    }

    @Test func `it is told in its largest unit`() {
        #expect(DurationArgument(seconds: 3600).description == "1h")
        #expect(DurationArgument(seconds: 90).description == "90s")
        #expect(DurationArgument(seconds: 172_800).description == "2d")
    }
}
