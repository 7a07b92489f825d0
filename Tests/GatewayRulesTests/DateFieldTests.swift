// When an answer was made, by the calendar and on the wire.

import EventLog
import HTTPWire
import NIOConcurrencyHelpers
import Testing

@testable import GatewayRules
@testable import HTTPServing

@Suite struct DateFieldTests {
    @Test(arguments: [
        (Int64(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-62_135_596_800, "Mon, 01 Jan 0001 00:00:00 GMT"),
    ]) func dates(_ second: Int64, _ text: String) {
        #expect(DateField.text(second) == text)
    }

    @Test func itFollowsTheClock() {
        let clock = NIOLockedValueBox(WallTime(milliseconds: 784_111_776_999))
        let field = DateField { clock.withLockedValue { $0 } }
        #expect(field.value == "Sun, 06 Nov 1994 08:49:36 GMT")
        clock.withLockedValue { $0.milliseconds += 1 }
        #expect(field.value == "Sun, 06 Nov 1994 08:49:37 GMT")
        clock.withLockedValue { $0.milliseconds = -1 }
        #expect(field.value == "Wed, 31 Dec 1969 23:59:59 GMT")
    }

    @Test func everyAnswerHasIt() async throws {
        let bench = try GatewayBench()
        let wire = try await Wire(bench.gateway)
        for head in [
            "GET /v1/stream HTTP/1.1\r\nHost: h\r\n\r\n", "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n",
            "OPTIONS /v1/stream HTTP/1.1\r\nHost: h\r\n\r\n", "no HTTP\r\n\r\n",
        ] {
            #expect(try await wire.exchange(head).values("date") == [Wire.date], "\(head)")
        }
    }
}
